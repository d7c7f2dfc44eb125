// Drives the official OpenAI client for Node. Cases come in as lines of JSON, what was seen goes
// out as such.

const fs = require("fs");
const path = require("path");
const readline = require("readline");
const OpenAI = require("openai");

const [baseUrl, folder] = process.argv.slice(2);

// Uses a picture as the client's own examples do: decodes the text, or follows the link.
async function picture(seen, b64_json, url) {
  let data;
  if (b64_json) {
    data = Buffer.from(b64_json, "base64");
  } else if (url) {
    const answer = await fetch(url);
    if (!answer.ok) {
      seen.dead_link = answer.status;
      return;
    }
    data = Buffer.from(await answer.arrayBuffer());
  } else {
    seen.empty += 1;
    return;
  }
  const suffix = data.subarray(1, 4).toString("latin1") === "PNG" ? "png" : "jpg";
  const file = path.join(folder, `${seen.name}-${seen.images.length}.${suffix}`);
  fs.writeFileSync(file, data);
  seen.images.push(file);
}

// The figures, read by the names the client documents.
function usage(seen, usage) {
  if (!usage) return;
  const { input_tokens, output_tokens, total_tokens, generated_images } = usage;
  const input_image_tokens = usage.input_tokens_details?.image_tokens;
  seen.usage = { input_tokens, output_tokens, total_tokens, generated_images, input_image_tokens };
}

async function plain(seen, answer) {
  if (typeof answer === "string") {
    seen.returned = "text";
    return;
  }
  seen.returned = "answer";
  seen.created = typeof answer.created;
  usage(seen, answer.usage);
  for (const item of answer.data) {
    if (item.error) seen.failures += 1;
    else await picture(seen, item.b64_json, item.url);
  }
}

async function stream(seen, events) {
  seen.returned = "events";
  for await (const event of events) {
    const kind = event.type ?? "";
    const index = event.partial_image_index ?? event.image_index;
    seen.events.push(index === undefined ? kind : `${kind} ${index}`);
    const verb = kind.split(".").pop();
    if (verb === "partial_image") seen.previews += 1;
    else if (verb === "partial_failed") seen.failures += 1;
    else if (verb === "completed" || verb === "partial_succeeded") {
      if (event.b64_json || event.url) await picture(seen, event.b64_json, event.url);
    }
    if (verb === "completed") {
      seen.finished = true;
      usage(seen, event.usage);
    }
  }
}

// A stream from a file has no type of its own in this client, and the endpoint wants one.
function upload(file) {
  return OpenAI.toFile(fs.createReadStream(file), null, { type: "image/png" });
}

async function call(test, seen) {
  const client = new OpenAI({
    baseURL: `${baseUrl}/v1`,
    apiKey: "sk-fake",
    timeout: test.timeout * 1000,
    ...(test.retries === null ? {} : { maxRetries: test.retries }),
    defaultHeaders: {
      ...(test.fault ? { "x-imagegen-fault": test.fault } : {}),
      ...(test.key ? {} : { Authorization: null }),
    },
  });
  const body = { ...test.request };
  const files = await Promise.all(test.images.map(upload));
  if (files.length) body.image = files.length > 1 ? files : files[0];
  if (test.mask) body.mask = await upload(test.mask);
  if (test.stream) body.stream = true;
  const answer = await (test.edit ? client.images.edit(body) : client.images.generate(body));
  await (test.stream ? stream(seen, answer) : plain(seen, answer));
}

function print(value) {
  process.stdout.write(JSON.stringify(value) + "\n");
}

async function main() {
  print({ version: require("openai/version").VERSION });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const test = JSON.parse(line);
    const seen = { name: test.name, images: [], failures: 0, empty: 0, previews: 0, events: [] };
    try {
      await call(test, seen);
    } catch (error) {
      seen.error = {
        kind: error.constructor.name,
        own: error instanceof OpenAI.OpenAIError,
        status: error.status ?? null,
        code: error.code?.toString() ?? null,
        param: error.param?.toString() ?? null,
        message: error.message,
        request_id: error.requestID ?? null,
      };
    }
    print(seen);
  }
}

main();
