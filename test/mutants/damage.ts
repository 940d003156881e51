import { isObject } from "../../common/objects.ts";

/** A configuration that is about to be broken, and any part of it. */
export type Tree = Record<string, unknown>;

/** A number from 0 to below `count`, by the mutant's seed. */
export type Pick = (count: number) => number;

/** Breaks the configuration in place. False: there is nothing in it that can be broken in this way. */
export type Damage = (config: Tree, pick: Pick) => boolean;

/** Sets a value where the object around it is there, and the value is not. */
export function put(path: string, value: unknown): Damage {
  return (config) => {
    const [around, key] = placeOf(config, path);
    if (around === undefined || JSON.stringify(around[key]) === JSON.stringify(value)) return false;
    around[key] = value;
    return true;
  };
}

/** Takes a value out where it is. */
export function take(path: string): Damage {
  return (config) => {
    const [around, key] = placeOf(config, path);
    if (around === undefined || !Object.hasOwn(around, key)) return false;
    delete around[key];
    return true;
  };
}

/** Goes on only where the value is there. */
export function present(path: string): Damage {
  return (config) => {
    const [around, key] = placeOf(config, path);
    return around !== undefined && Object.hasOwn(around, key);
  };
}

/** Goes on only where the value is not there. */
export function absent(path: string): Damage {
  return (config, pick) => !present(path)(config, pick);
}

/** Adds a component, with its section where there is none. */
export function define(section: string, id: string, settings: unknown): Damage {
  return (config) => {
    const components = asTree(config[section]);
    if (Object.hasOwn(components, id)) return false;
    config[section] = { ...components, [id]: settings };
    return true;
  };
}

/** Changes a list of ids or objects. */
export function list(path: string, change: (items: unknown[]) => unknown[]): Damage {
  return (config) => {
    const [around, key] = placeOf(config, path);
    const before = around?.[key];
    if (around === undefined || !Array.isArray(before)) return false;
    around[key] = change(before);
    return JSON.stringify(around[key]) !== JSON.stringify(before);
  };
}

/** Adds an item to a list. */
export function append(path: string, item: unknown): Damage {
  return list(path, (items) => [...items, item]);
}

/** Takes an item out of a list. */
export function without(path: string, item: unknown): Damage {
  return list(path, (items) => items.filter((one) => one !== item));
}

/** All of it, or false when one part can't be done. */
export function both(...parts: readonly Damage[]): Damage {
  return (config, pick) => parts.every((part) => part(config, pick));
}

/** A value somewhere inside a component: the object around it, its key and its place. */
interface Place {
  readonly around: Tree;
  readonly key: string;
  readonly path: string;
}

/** Changes one of the settings inside the components that the filter lets through. */
export function somewhere(fits: (value: unknown, path: string) => boolean, change: (place: Place) => void): Damage {
  return (config, pick) => {
    const sections = ["receivers", "processors", "exporters", "connectors", "extensions"];
    const places = sections
      .flatMap((section) => Object.entries(asTree(config[section])).map(([id, value]) => [`${section}.${id}`, value]))
      .flatMap(([path, value]) => inside(value, String(path)))
      .filter(({ around, key, path }) => fits(around[key], path));
    const place = places[pick(Math.max(1, places.length))];
    if (place !== undefined) change(place);
    return place !== undefined;
  };
}

function inside(value: unknown, path: string): Place[] {
  const around = asTree(value);
  return Object.keys(around).flatMap((key) => [
    { around, key, path: `${path}.${key}` },
    ...inside(around[key], `${path}.${key}`),
  ]);
}

/** The object itself, not a copy; an empty one where the value is none. */
export function asTree(value: unknown): Tree {
  return isObject(value) ? value : {};
}

function placeOf(config: Tree, path: string): [Tree | undefined, string] {
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let around: unknown = config;
  for (const key of keys) around = Object.hasOwn(asTree(around), key) ? asTree(around)[key] : undefined;
  return [isObject(around) ? around : undefined, last];
}
