/** Pools' own details are shown by the panel of the array; this one has no box. */

import { element } from "../dom.js";

export default class PoolsPanel {
  static title = "Pools";
  element = element("div");
  isEmpty = true;

  render() {}
}
