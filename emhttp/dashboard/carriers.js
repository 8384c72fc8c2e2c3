/**
 * The two ways by which the same frames come to a page: from the daemon itself, or by the webGUI's nginx. No DOM.
 *
 * A carrier says where a stream's socket is, with which subprotocols, and where to GET a path below `api/v1/`. `source` is
 * the daemon's health source of the way itself, if it has one; `hasTwins` whether a stream's newest message can be asked
 * for, which tells why a socket was refused; `login` whether a person is let in by signing in to the webGUI.
 */

/** The daemon's own sockets and addresses; *base* is the URL of `api/v1/`. */
export function daemonCarrier(base) {
  return {
    socketUrl: ({ name }) => `${socketScheme(base)}ws/${name}`,
    protocols: (token) => (token ? [`uma.token.${token}`] : []),
    readUrl: (path) => base + path,
    source: null,
    hasTwins: true,
    login: false,
  };
}

/** nchan's channels and the plugin's relay on *origin*, behind the webGUI's login. */
export function webguiCarrier(origin) {
  return {
    socketUrl: ({ channel }) => `${socketScheme(origin)}/sub/${channel}`,
    protocols: () => [],
    // Unraid 6.12 runs no script whose name is followed by more of a path.
    readUrl: (path) => `${origin}/plugins/uma/include/relay.php?path=${path.replace("?", "&")}`,
    source: "webgui",
    hasTwins: false,
    login: true,
  };
}

function socketScheme(url) {
  return url.replace(/^http/, "ws");
}
