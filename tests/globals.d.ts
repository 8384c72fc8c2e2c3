/** What pages of the webGUI have at hand. */
declare function swal(options: { title: string; text: string; type: string }): void;
/** Chromium's alone. */
interface Window { WebSocketStream?: new (url: string, options: { protocols: string[] }) => any }
