import type { ComponentChildren, RefObject } from 'preact';

interface ConfirmProps {
  /** `showModal()` opens it; Escape closes it, and the focus returns to where it was. */
  dialog: RefObject<HTMLDialogElement | null>;
  title: string;
  go: string;
  onGo: () => void;
  children: ComponentChildren;
}

export function Confirm({ dialog, title, go, onGo, children }: ConfirmProps) {
  const close = () => dialog.current?.close();
  return (
    <dialog ref={dialog} aria-labelledby="confirm-title">
      <h2 id="confirm-title">{title}</h2>
      {children}
      <div class="buttons">
        <button
          type="button"
          class="primary"
          onClick={() => {
            close();
            onGo();
          }}
        >
          {go}
        </button>
        <button type="button" onClick={close}>
          Cancel
        </button>
      </div>
    </dialog>
  );
}
