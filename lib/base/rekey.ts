/**
 * What is under one key is under another from now on, in the same place of the map's order. Where
 * nothing is, nothing changes; what was under the other key is no more.
 */
export function rekey<Value>(
  map: Map<string, Value>,
  was: string,
  key: string,
  changed: (value: Value) => Value = (value) => value,
): void {
  if (!map.has(was)) return;
  const all = [...map].filter(([other]) => other !== key);
  map.clear();
  for (const [other, value] of all) {
    if (other === was) map.set(key, changed(value));
    else map.set(other, value);
  }
}
