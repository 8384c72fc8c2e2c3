// One headless Chromium, driven by lines of JSON: commands on standard input, answers and what pages say on standard output.
//
//   {"id": 1, "do": "open", "page": "a", "url": "file:///…", "init": "script run before the page's own", "context": {},
//    "blocked": "**/uplot/*"}
//   {"id": 2, "do": "evaluate", "page": "a", "expression": "document.title"}
//   {"id": 3, "do": "resize", "page": "a", "width": 390, "height": 844}
//   {"id": 4, "do": "offline", "page": "a", "isOffline": true}
//   {"id": 5, "do": "screenshot", "page": "a", "path": "a.png"}
//   {"id": 6, "do": "reload", "page": "a"}
//   {"id": 7, "do": "frames", "page": "a"}
//   {"id": 8, "do": "axe", "page": "a", "element": "main"}
//   {"id": 9, "do": "measure", "page": "a"}
//   {"id": 10, "do": "freeze", "page": "a", "isFrozen": true}
//   {"id": 11, "do": "close", "page": "a"}
//   {"id": 12, "do": "press", "page": "a", "key": "Tab"}
//   {"id": 15, "do": "drag", "page": "a", "from": [10, 20], "to": [90, 20]}
//   {"id": 13, "do": "media", "page": "a", "media": {"media": "print"}}
//   {"id": 14, "do": "colours", "page": "a", "width": 390, "height": 844, "columns": 24, "rows": 16}
//   {"id": 16, "do": "until", "page": "a", "expression": "document.title", "seconds": 15}
//
// What "blocked" matches is not to be had. "context" is what Playwright's newContext takes, such as colorScheme.
// What follows the path of Chromium on the command line is for it.
// Answers are {"id", "value"} or {"id", "error"}; a page's console and its uncaught errors are {"page", "level", "text"}.
// It ends when standard input does.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(import.meta.url);
const { chromium } = require('playwright-core');

const FLAGS = [
    '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
    // A page lives for seconds: optimized code never pays for its compilation in threads beside it.
    '--js-flags=--single-threaded --max-opt=1',
];

const SCALE = 1 / 8;

const LOOK_MILLISECONDS = 40;

const NEXT_FRAMES = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))';
// Then the question is put again: a page that was loaded again has forgotten it.
const WATCH_MILLISECONDS = 1000;

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

// Playwright gives it a fresh profile folder, and removes it.
const browser = await chromium.launch({
    executablePath: process.argv[2], headless: true, chromiumSandbox: false, args: [...FLAGS, ...process.argv.slice(3)],
});
const pages = new Map();
const processes = await browser.newBrowserCDPSession();
const sessions = new Map();
let blank;

async function sessionOf(name) {
    if (!sessions.has(name)) {
        const session = await pages.get(name).context().newCDPSession(pages.get(name));
        // Of the thread's own time: what others do on the machine at the same time is not the page's.
        await session.send('Performance.enable', { timeDomain: 'threadTicks' });
        sessions.set(name, session);
    }
    return sessions.get(name);
}

// Run in the page: a look from outside takes three processes, and twenty times the CPU.
function lookFor(found, every, atMost) {
    return new Promise((done, fail) => {
        const look = (left) => {
            try {
                const value = found();
                if (value || left <= 0) {
                    done(value || null);
                } else {
                    setTimeout(look, every, left - every);
                }
            } catch (error) {
                fail(error);
            }
        };
        look(atMost);
    });
}

const orders = {
    async open({ page: name, url, init, context: options, blocked }) {
        const context = await browser.newContext(options);
        if (blocked) {
            await context.route(blocked, (route) => route.abort());
        }
        const page = await context.newPage();
        pages.set(name, page);
        page.on('console', (message) => say({ page: name, level: message.type(), text: message.text() }));
        page.on('pageerror', (error) => say({ page: name, level: 'uncaught', text: String(error) }));
        if (init) {
            await page.addInitScript(init);
        }
        await page.goto(url);
    },
    evaluate: ({ page, expression }) => pages.get(page).evaluate(expression),
    // The value of `expression` once it is true; null if it is not within `seconds`.
    async until({ page, expression, seconds }) {
        const ends = Date.now() + 1000 * seconds;
        for (;;) {
            const left = Math.min(ends - Date.now(), WATCH_MILLISECONDS);
            const look = `(${lookFor})(() => (${expression}), ${LOOK_MILLISECONDS}, ${left})`;
            try {
                const value = await pages.get(page).evaluate(look);
                if (value || Date.now() >= ends) {
                    return value;
                }
            } catch (error) {
                // The page has been loaded again meanwhile.
                if (!String(error).includes('context was destroyed') || Date.now() >= ends) {
                    throw error;
                }
            }
        }
    },
    async reload({ page }) {
        await pages.get(page).reload();
    },
    // A page places its boxes once their new sizes are known: until the next frame they overlap.
    async resize({ page: name, width, height }) {
        const page = pages.get(name);
        await page.setViewportSize({ width, height });
        await page.evaluate(NEXT_FRAMES);
    },
    offline: ({ page, isOffline }) => pages.get(page).context().setOffline(isOffline),
    async screenshot({ page, path }) {
        await pages.get(page).screenshot({ path, fullPage: true });
    },
    // What a person would see in each frame, though no script of the page may look.
    frames: ({ page }) => Promise.all(pages.get(page).frames().map(
        async (frame) => ({ url: frame.url(), text: await frame.evaluate('document.documentElement.innerText') }),
    )),
    // What axe-core finds wrong in `element`: rule, message and markup of each.
    async axe({ page: name, element }) {
        const page = pages.get(name);
        if (!(await page.evaluate('"axe" in window'))) {
            await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
        }
        const runOnly = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
        // What passes is not described, which saves a third of the time.
        const options = { runOnly, resultTypes: ['violations'] };
        const { violations } = await page.evaluate(`axe.run(${JSON.stringify(element)}, ${JSON.stringify(options)})`);
        return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.failureSummary} ${node.html}`));
    },
    press: ({ page, key }) => pages.get(page).keyboard.press(key),
    async drag({ page, from, to }) {
        const { mouse } = pages.get(page);
        await mouse.move(...from);
        await mouse.down();
        await mouse.move(...to, { steps: 4 });
        await mouse.up();
    },
    media: ({ page, media }) => pages.get(page).emulateMedia(media),
    // What a window of that size shows as a grid of colours, a hexadecimal digit for each of red, green and blue.
    async colours({ page: name, width, height, columns, rows }) {
        const session = await sessionOf(name);
        const size = { width, height };
        // The page has that size and is drawn smaller: the cells are far larger than a pixel.
        await session.send('Emulation.setDeviceMetricsOverride', { ...size, deviceScaleFactor: 1, mobile: false, scale: SCALE });
        // The frame after the one in which sizes are known.
        await pages.get(name).evaluate(NEXT_FRAMES);
        const clip = { x: 0, y: 0, ...size, scale: SCALE };
        // A picture that is read once need not be small.
        const { data: picture } = await session.send('Page.captureScreenshot', { clip, optimizeForSpeed: true });
        blank ??= await (await browser.newContext()).newPage();
        return blank.evaluate(async ([data, columns, rows]) => {
            const image = new Image();
            image.src = `data:image/png;base64,${data}`;
            await image.decode();
            const canvas = new OffscreenCanvas(columns, rows);
            const context = canvas.getContext('2d');
            context.imageSmoothingQuality = 'high';
            // Halved again and again, so that each cell is the mean of all of its pixels.
            let source = image;
            for (let size = [image.width, image.height]; size[0] > 2 * columns && size[1] > 2 * rows;) {
                size = size.map((length) => length >> 1);
                const half = new OffscreenCanvas(...size);
                half.getContext('2d').drawImage(source, 0, 0, ...size);
                source = half;
            }
            context.drawImage(source, 0, 0, columns, rows);
            const pixels = [...context.getImageData(0, 0, columns, rows).data].filter((_, index) => index % 4 < 3);
            return pixels.map((value) => (value >> 4).toString(16)).join('');
        }, [picture, columns, rows]);
    },
    // A frozen page is that of a laptop which sleeps: no timer and no message reaches it.
    async freeze({ page, isFrozen }) {
        const session = await sessionOf(page);
        await session.send('Page.setWebLifecycleState', { state: isFrozen ? 'frozen' : 'active' });
    },
    // The heap after a collection, in bytes; seconds that scripts, all the page's tasks and its processes have taken.
    async measure({ page }) {
        const session = await sessionOf(page);
        const { metrics } = await session.send('Performance.getMetrics');
        const { ScriptDuration: script, TaskDuration: tasks } = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
        const { processInfo } = await processes.send('SystemInfo.getProcessInfo');
        const renderers = processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime, 0);
        // Last, for it takes time as well.
        await session.send('HeapProfiler.collectGarbage');
        const { usedSize: heap } = await session.send('Runtime.getHeapUsage');
        return { heap, script, tasks, renderers };
    },
    async close({ page }) {
        await pages.get(page).context().close();
        pages.delete(page);
    },
};

say({ id: 0, value: browser.version() });
for await (const line of createInterface({ input: process.stdin })) {
    const order = JSON.parse(line);
    try {
        say({ id: order.id, value: (await orders[order.do](order)) ?? null });
    } catch (error) {
        say({ id: order.id, error: String(error) });
    }
}
await browser.close();
