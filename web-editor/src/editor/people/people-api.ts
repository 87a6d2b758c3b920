/** The people of the server, as an admin sees them. */
import { api, post, get } from "../server";
import type { Person, Role } from "./session";

export interface Invited extends Person {
  password: string;
}

const people = `${api}/people`;
const one = (login: string): string => `${people}/${encodeURIComponent(login)}`;

export const listPeople = async (): Promise<Person[]> => (await get<{ people: Person[] }>(people)).people;
export const invite = (login: string, name: string, role: Role): Promise<Invited> => post(people, { login, name, role });
export const setRole = (login: string, role: Role): Promise<Person> => post(one(login), { role }, "PUT");
export const reset = (login: string): Promise<Invited> => post(`${one(login)}/password`, null);
export const removePerson = (login: string): Promise<unknown> => post(one(login), null, "DELETE");
