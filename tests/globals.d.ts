/** What pages of the webGUI have at hand. */
declare function swal(options: { title: string; text: string; type: string }): void;
