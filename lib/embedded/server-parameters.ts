/** Command line of the server: what the launcher decides, then good values for development, which `own` may override. */
export function serverParameters(port: number, own: Readonly<Record<string, string>>): string[] {
  const parameters: Record<string, string> = {
    // Two processes of a project with full pools, and a console beside them.
    max_connections: '200',
    // Statements and values do not belong into a file that is shown when something fails.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    logging_collector: 'off',
    log_destination: 'stderr',
    log_line_prefix: '%m [%p] ',
    // The npm programs have no compiler for queries; without it here, too, plans cost the same everywhere.
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...own,
    port: String(port),
    listen_addresses: '127.0.0.1',
    // A socket's path is limited to about 100 characters, which a checkout may exceed; TCP has no such trap.
    unix_socket_directories: '',
  };
  return Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
