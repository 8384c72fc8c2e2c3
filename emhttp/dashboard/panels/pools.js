/** The array's panel shows the pools' details; this panel has no box. */

import { element } from "../dom.js";

export default class PoolsPanel {
  static title = "Pools";
  element = element("div");
  isEmpty = true;

  render() {}
}
