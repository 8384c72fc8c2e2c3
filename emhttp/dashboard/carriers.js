/**
 * The two carriers of the same messages: the daemon's own socket, and the webGUI's nginx. No DOM.
 *
 * A carrier gives the one socket's URL and subprotocols, the frames to send once it is open, what a frame means, and the
 * URL of a path below `api/v1/`. `source` is the daemon's health source of the carrier, if it has one; `canPing` whether the
 * other end answers pings; `login` whether users sign in through the webGUI.
 */

import { channelOf, isOfType } from "./feeds.js";

/** `/api/v1/ws` and the daemon's addresses; *base* is the URL of `api/v1/`. */
export function daemonCarrier(base) {
  return {
    socketUrl: () => `${socketScheme(base)}ws`,
    protocols: (token) => (token ? [`uma.token.${token}`] : []),
    readUrl: (path) => base + path,
    greetings: (feeds, positions) => feeds.map(({ name }) => ({ action: "subscribe", stream: name, id: name, ...positions[name] })),
    parse: parseMultiplex,
    source: null,
    canPing: true,
    login: false,
  };
}

/** nchan's channels and the plugin's relay on *origin*, behind the webGUI's login. */
export function webguiCarrier(origin) {
  return {
    socketUrl: (feeds) => `${socketScheme(origin)}/sub/${feeds.map(channelOf).join(",")}`,
    protocols: () => [],
    // Unraid 6.12 runs no script whose name is followed by a longer path.
    readUrl: (path) => `${origin}/plugins/uma/include/relay.php?path=${path.replace("?", "&")}`,
    greetings: () => [],
    parse: parseChannels,
    source: "webgui",
    canPing: false,
    login: true,
  };
}

/** Meaning of one frame of the multiplex: `{name, message, position}`, `{name, gap}`, `{name, off}` or null. */
function parseMultiplex(frame) {
  const { type, stream, epoch, seq, message, id, code, detail } = frame;
  switch (type) {
    case "message":
      return { name: stream, message, position: { epoch, seq } };
    case "subscribed":
      return { name: stream, position: { epoch, seq }, isFollowed: true };
    case "gap":
      return { name: stream, gap: true, position: { epoch, seq } };
    case "unsubscribed":
      return { name: stream, off: detail };
    case "error":
      return code === "bad_position" ? { name: id, gap: true } : { name: id, off: detail };
    default:
      return null;
  }
}

function parseChannels(frame, feeds) {
  const feed = feeds.find((each) => isOfType(each, frame.type));
  return feed ? { name: feed.name, message: frame } : null;
}

function socketScheme(url) {
  return url.replace(/^http/, "ws");
}
