/** A promise, and what settles it: `Promise.withResolvers`, which Node 20 does not have. */
export interface Deferred<Value> {
  promise: Promise<Value>;
  resolve: (value: Value) => void;
  reject: (error: Error) => void;
}

export function defer<Value = void>(): Deferred<Value> {
  const deferred: Partial<Deferred<Value>> = {};
  const promise = new Promise<Value>((resolve, reject) => Object.assign(deferred, { resolve, reject }));
  return Object.assign(deferred, { promise }) as Deferred<Value>;
}
