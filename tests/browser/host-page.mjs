/**
 * Somebody else's web site with the widget on it: another origin than the server's, with a strict security policy of its
 * own and hostile styles that must not reach into the widget.
 */
import { createServer } from "node:http";

const STYLE = `
  * { font-family: monospace !important; letter-spacing: 3px; --accent: red; }
  button, textarea, section, header, form, div { all: unset; display: inline; background: red; color: red; }
  h1 { color: #222; } body { margin: 40px; background: #fff; color: #222; }
  @media (prefers-color-scheme: dark) { body { background: #111; color: #eee; } h1, a { color: #eee; } }
  #room { display: block; max-width: 480px; height: 520px; }
`;

/** `{ page(options), close }`: the address of a page that embeds the widget of `server` as `options` say. */
export async function openHost(server) {
  const http = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://host.invalid");
    if (pathname === "/site.css") {
      response.writeHead(200, { "content-type": "text/css" }).end(STYLE);
      return;
    }
    if (pathname !== "/") {
      response.writeHead(404).end();
      return;
    }
    const data = [...searchParams].map(([name, value]) => ` data-${name}="${value.replace(/["&<]/gu, "")}"`).join("");
    const socket = server.replace("http", "ws");
    response.writeHead(200, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": `default-src 'self'; script-src ${server}; style-src 'self'; connect-src ${server} ${socket}; img-src 'self' ${server}; media-src ${server}`,
    });
    response.end(`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Somebody's site</title><link rel="icon" href="${server}/favicon.svg"><link rel="stylesheet" href="/site.css">
      <script src="${server}/widget.js"${data} defer></script></head>
      <body><main><h1>Somebody's site</h1><p>With <a href="/">a link</a>.</p><div id="room"></div></main></body></html>`);
  });
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${http.address().port}`;
  return {
    page: (options) => `${origin}/?${new URLSearchParams(options)}`,
    async close() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
