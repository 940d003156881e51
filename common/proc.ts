/** The fields of /proc/PID/stat that follow the program's name, from the state letter on, see proc_pid_stat(5). */
export function statFields(text: string): string[] {
  // The name stands in parentheses and may itself hold spaces and parentheses.
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}
