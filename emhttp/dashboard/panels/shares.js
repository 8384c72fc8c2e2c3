/** Shares: storage, protection, and exports of each. */

import { element } from "../dom.js";
import { Fold } from "../fold.js";
import { UNKNOWN } from "../format.js";
import { Rows } from "../rows.js";
import { say } from "../say.js";
import { capitalised, wordOf } from "../words.js";

const PROTECTIONS = { unprotected: "Unprotected", unknown: "Unknown" };

export default class SharesPanel {
  static title = "Shares";
  static rank = 60;
  #context;
  #data = null;
  #rows = new Rows({ label: say("Shares"), heads: ["Name", "Protection", "Size", "Free"].map((head) => say(head)), kind: "plain" });
  #fold = new Fold(() => this.render(this.#data));
  element = element("div", {}, this.#rows.element, this.#fold.element);

  constructor(context) {
    this.#context = context;
  }

  get isEmpty() {
    return (this.#data?.shares ?? []).length === 0;
  }

  render(data) {
    this.#data = data;
    const { format } = this.#context;
    const rows = this.#fold.cut(data.shares).map((share) => ({
      key: share.name,
      name: share.name,
      href: hrefOf(share.name),
      dot: share.protection === "unprotected" ? "warn" : "quiet",
      cells: [{ text: share.protection === "protected" ? "" : wordOf(share.protection, PROTECTIONS).text, tone: share.protection === "unprotected" ? "warn" : "quiet" }, { text: share.computed_size ? say("Size {size}", { size: format.bytes(share.computed_size.bytes) }) : "" }, { text: say("{free} free", { free: format.bytes(share.free_bytes) }) }],
    }));
    this.#rows.render([{ key: "all", rows }]);
  }

  items() {
    return (this.#data?.shares ?? []).map(({ name }) => ({ text: name, kind: say("Share"), href: hrefOf(name), subject: name }));
  }

  detail(kind, id) {
    const share = kind === "share" && this.#data?.shares.find(({ name }) => name === id);
    if (!share) {
      return null;
    }
    const { format, unraid } = this.#context;
    const fact = (label, text, note = "") => ({ label: say(label), text: text ?? UNKNOWN, note });
    const { placement = {}, smb, nfs, computed_size: computed } = share;
    const page = unraid(`/Shares/Share?name=${encodeURIComponent(share.name)}`);
    const access = (each) => (each?.exported ? capitalised(String(each.security ?? say("Yes"))) : say("Off"));
    const disks = Object.entries(computed?.per_disk ?? {}).map(([name, bytes]) => ({ key: name, name, cells: [{ text: format.bytes(bytes) }] }));
    return {
      title: share.name,
      word: { text: wordOf(share.protection, PROTECTIONS).text, tone: share.protection === "unprotected" ? "warn" : "quiet" },
      links: page ? [{ text: say("Open in Unraid"), href: page }] : [],
      facts: [
        fact("Primary storage", placement.primary),
        ...(placement.secondary ? [fact("Secondary storage", placement.secondary)] : []),
        fact("Mover", placement.mover === "none" ? say("None") : capitalised(String(placement.mover ?? UNKNOWN).replaceAll("_", " "))),
        fact("Exclusive access", share.exclusive ? say("Yes") : say("No")),
        ...(share.encrypted ? [fact("Encrypted", say("Yes"))] : []),
        fact("Free", format.bytes(share.free_bytes), share.floor_bytes ? say("{floor} kept free", { floor: format.bytes(share.floor_bytes) }) : ""),
        fact("Size", computed ? format.bytes(computed.bytes) : say("not computed"), computed?.at ? format.moment(computed.at, Date.now()) : ""),
        fact("SMB", access(smb), smb?.hidden ? say("hidden") : ""),
        fact("NFS", access(nfs)),
      ],
      lists: [{ key: "disks", title: say("By disk"), heads: [say("Disk"), say("Size")], groups: [{ key: "all", rows: disks }] }],
    };
  }
}

const hrefOf = (name) => `#share/${encodeURIComponent(name)}`;
