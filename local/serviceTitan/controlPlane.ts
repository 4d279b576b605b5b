import type { HttpBindings } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import { z, ZodError } from 'zod';
import { faultRule } from './faults/rule.ts';
import { apply, operation } from './operations.ts';
import { schedule, scheduledChange } from './scheduledChanges.ts';
import { someSwitches } from './switches.ts';
import { tenantOptions } from './tenant/options.ts';
import { WorldError } from './tenant/worldError.ts';
import type { AccessTokens } from './tokens.ts';
import type { Worlds } from './worlds.ts';

const STATUS = { unknown: 404, conflict: 409, invalid: 400 } as const;
const TENANT = '/tenants/:tenantId';
const clock = z.strictObject({ skewSeconds: z.number() });

type ControlContext = Context<{ Bindings: HttpBindings }>;

/** What tests and people do to the simulation itself, as JSON over HTTP. It asks for no credentials. */
export function controlPlane(worlds: Worlds, tokens: AccessTokens): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  const worldOf = (context: ControlContext) => worlds.get(context.req.param('tenantId') ?? '');
  const idOf = (context: ControlContext) => Number(context.req.param('id'));

  /** Carries out an operation that is partly in the path and partly in the body. */
  async function operate(context: ControlContext, parts: object): Promise<Response> {
    const result = apply(worldOf(context), operation.parse(parts));
    return context.json(result ?? {});
  }

  // A form of an old browser names neither its origin nor its site, but it can't send JSON.
  app.use(async (context, next) => {
    const isForm =
      context.req.method === 'POST' && !/^application\/json\b/.test(context.req.header('content-type') ?? '');
    if (isForm) return context.json({ error: 'Send JSON.' }, 415);
    await next();
  });

  app.onError((error, context) => {
    if (error instanceof WorldError) return context.json({ error: error.message }, STATUS[error.reason]);
    if (error instanceof ZodError) return context.json({ error: z.prettifyError(error) }, 400);
    if (error instanceof SyntaxError) return context.json({ error: `The body is not JSON: ${error.message}` }, 400);
    throw error;
  });

  app.get('/tenants', (context) => context.json({ tenantIds: worlds.tenantIds }));
  app.post('/tenants', async (context) => {
    const world = worlds.create(tenantOptions.parse(await context.req.json()));
    return context.json({ tenantId: world.tenantId, customers: world.customerIds.length }, 201);
  });
  app.delete(TENANT, (context) => {
    const world = worldOf(context);
    tokens.revoke(world);
    worlds.remove(world.tenantId);
    return context.json({});
  });

  app.get(`${TENANT}/world`, (context) => {
    const { tenantId, customers, contacts, wireIds } = worldOf(context);
    const onWire = (record: object) => wireIds.onto(record);
    return context.json({ tenantId, customers: customers.map(onWire), contacts: contacts.map(onWire) });
  });
  app.get(`${TENANT}/customers/:id`, (context) => {
    const world = worldOf(context);
    const customer = world.customer(idOf(context));
    if (customer === undefined) throw new WorldError('unknown', `There is no customer ${idOf(context)}.`);
    const { id } = customer;
    return context.json({
      customer: world.wireIds.onto(customer),
      contacts: world.contactsOf(id).map((contact) => world.wireIds.onto(contact)),
      notes: world.notesOf(id),
    });
  });

  app.post(`${TENANT}/customers`, async (context) =>
    operate(context, { operation: 'createCustomer', customer: await context.req.json() }),
  );
  app.patch(`${TENANT}/customers/:id`, async (context) => {
    const changes = await context.req.json();
    return operate(context, { operation: 'changeCustomer', customerId: idOf(context), changes });
  });
  app.post(`${TENANT}/customers/:id/contacts`, async (context) => {
    const contact = await context.req.json();
    return operate(context, { operation: 'createContact', customerId: idOf(context), contact });
  });
  app.patch(`${TENANT}/contacts/:id`, async (context) => {
    const changes = await context.req.json();
    return operate(context, { operation: 'changeContact', contactId: idOf(context), changes });
  });
  app.delete(`${TENANT}/contacts/:id`, (context) =>
    operate(context, { operation: 'deleteContact', contactId: idOf(context) }),
  );

  const named = {
    merge: 'merge',
    unmerge: 'unmerge',
    balance: 'moveBalance',
    restamp: 'restamp',
    notes: 'addNote',
    'random-changes': 'randomChanges',
  };
  for (const [path, name] of Object.entries(named)) {
    app.post(`${TENANT}/${path}`, async (context) =>
      operate(context, { ...(await context.req.json()), operation: name }),
    );
  }
  app.post(`${TENANT}/operations`, async (context) => {
    const operations = z.array(operation).parse(await context.req.json());
    const world = worldOf(context);
    return context.json({ results: operations.map((one) => apply(world, one) ?? {}) });
  });

  app.get(`${TENANT}/switches`, (context) => context.json(worldOf(context).switches));
  app.put(`${TENANT}/switches`, async (context) => {
    const world = worldOf(context);
    world.setSwitches(someSwitches.parse(await context.req.json()));
    return context.json(world.switches);
  });
  app.post(`${TENANT}/clock`, async (context) => {
    const world = worldOf(context);
    world.setSwitches({ clockSkewSeconds: clock.parse(await context.req.json()).skewSeconds });
    return context.json({ skewSeconds: world.switches.clockSkewSeconds });
  });

  app.get(`${TENANT}/requests`, (context) => context.json({ requests: worldOf(context).requests.entries }));
  app.delete(`${TENANT}/requests`, (context) => {
    worldOf(context).requests.clear();
    return context.json({});
  });

  app.get(`${TENANT}/faults`, (context) => context.json({ faults: worldOf(context).faults.pending }));
  app.post(`${TENANT}/faults`, async (context) => {
    const rules = z.union([z.array(faultRule), faultRule]).parse(await context.req.json());
    const { faults } = worldOf(context);
    for (const rule of [rules].flat()) faults.add(rule);
    return context.json({ faults: faults.pending }, 201);
  });
  app.delete(`${TENANT}/faults/:name`, (context) => {
    worldOf(context).faults.end(context.req.param('name'));
    return context.json({});
  });
  app.delete(`${TENANT}/faults`, (context) => {
    worldOf(context).faults.clear();
    return context.json({});
  });
  app.post(`${TENANT}/scheduled-changes`, async (context) => {
    schedule(worldOf(context), scheduledChange.parse(await context.req.json()));
    return context.json({}, 201);
  });
  return app;
}
