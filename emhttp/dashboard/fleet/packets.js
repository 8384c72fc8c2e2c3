/** The part of MQTT 3.1.1 that a reading page needs: log in, subscribe with QoS 0, receive, ping. */

const CONNECT = 0x10;
const CONNACK = 2;
const PUBLISH = 3;
const SUBSCRIBE = 0x82;
const SUBACK = 9;

const CLEAN_SESSION = 0x02;
const HAS_PASSWORD = 0x40;
const HAS_USER = 0x80;
const FAILED = 0x80;

/** Limit of a packet's length: a summary has 1,000 bytes. */
export const MAX_PACKET_BYTES = 1 << 20;

export const PING = new Uint8Array([0xc0, 0]);

const NOTHING = new Uint8Array(0);

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The packet that logs in; without a *user* it is anonymous. */
export function connectPacket({ clientId, user, password, keepaliveSeconds }) {
  const flags = CLEAN_SESSION | (user ? HAS_USER : 0) | (user && password ? HAS_PASSWORD : 0);
  const credentials = user ? [text(user), ...(password ? [text(password)] : [])] : [];
  return packet(CONNECT, [text("MQTT"), [4, flags], number(keepaliveSeconds), text(clientId), ...credentials]);
}

/** The packet that subscribes to *topics*. */
export function subscribePacket(topics) {
  return packet(SUBSCRIBE, [number(1), ...topics.flatMap((topic) => [text(topic), [0]])]);
}

/**
 * Take packets out of a stream of bytes, which may be cut anywhere.
 * Throws a RangeError where the bytes are not MQTT or a packet is too long.
 */
export class Unpacker {
  #rest = NOTHING;

  /** The packets that *bytes* complete: `{kind: "connack"|"suback"|"publish"|"other", …}`. */
  take(bytes) {
    // Most brokers send one packet per frame: no joining is needed.
    const all = this.#rest.length > 0 ? joined([this.#rest, bytes]) : bytes;
    const packets = [];
    let start = 0;
    for (;;) {
      const head = headOf(all, start);
      if (head === null || head.end > all.length) {
        break;
      }
      packets.push(parsed(all[start], all.subarray(head.start, head.end)));
      start = head.end;
    }
    this.#rest = start === all.length ? NOTHING : all.slice(start);
    return packets;
  }
}

function headOf(bytes, at) {
  let length = 0;
  for (let digit = 0; digit < 4; digit += 1) {
    const byte = bytes[at + 1 + digit];
    if (byte === undefined) {
      return null;
    }
    length += (byte & 0x7f) * 128 ** digit;
    if (length > MAX_PACKET_BYTES) {
      break;
    }
    if (byte < 0x80) {
      const start = at + 2 + digit;
      return { start, end: start + length };
    }
  }
  throw new RangeError("not MQTT, or a packet over 1 MiB");
}

function parsed(first, body) {
  const type = first >> 4;
  if (type === CONNACK) {
    return { kind: "connack", code: body[1] ?? 255 };
  }
  if (type === SUBACK) {
    return { kind: "suback", isRefused: body.slice(2).some((code) => code >= FAILED) };
  }
  if (type !== PUBLISH) {
    return { kind: "other" };
  }
  const topicEnd = 2 + (body[0] << 8) + body[1];
  if (!(topicEnd <= body.length)) {
    throw new RangeError("a topic longer than its packet");
  }
  const hasNumber = (first & 0x06) !== 0;
  const topic = decoder.decode(body.subarray(2, topicEnd));
  const payload = decoder.decode(body.subarray(topicEnd + (hasNumber ? 2 : 0)));
  return { kind: "publish", topic, payload, isRetained: (first & 0x01) !== 0 };
}

function packet(first, parts) {
  const body = joined(parts);
  const digits = [];
  let left = body.length;
  do {
    const digit = left % 128;
    left = Math.floor(left / 128);
    digits.push(left > 0 ? digit | 0x80 : digit);
  } while (left > 0);
  return joined([[first, ...digits], body]);
}

const number = (value) => [value >> 8, value & 0xff];

function text(value) {
  const bytes = encoder.encode(value);
  return joined([number(bytes.length), bytes]);
}

function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
