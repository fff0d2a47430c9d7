// A broker behind TLS with certificates of its own, a user with few rights, and a search for what is secret in all that a run leaves.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Redis } from "ioredis";
import { type Case, fine, sameBytes, unitsIn, until } from "./stage.ts";

const PASSWORD = "hunter2-secret-word";
const USER = "seg-worker-user";

/** An authority and two certificates, for the broker and for whoever is let in. */
function certificates(
  folder: string,
): Readonly<Record<"ca" | "server" | "client", readonly [cert: string, key: string]>> {
  mkdirSync(folder);
  const path = (name: string) => join(folder, name);
  const openssl = (...words: readonly string[]) => {
    const { status, stderr } = spawnSync("openssl", words, { cwd: folder, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-days",
    "2",
    "-subj",
    "/CN=authority",
  );
  writeFileSync(path("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1");
  for (const name of ["server", "client"]) {
    openssl("req", "-new", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    const signed = [
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-days",
      "2",
      "-extfile",
      "names",
    ];
    openssl("x509", "-req", "-in", `${name}.csr`, "-out", `${name}.pem`, ...signed);
  }
  const pair = (name: string) => [path(`${name}.pem`), path(`${name}.key`)] as const;
  return { ca: pair("ca"), server: pair("server"), client: pair("client") };
}

/** All that a broker has, as text. */
async function contents(client: Redis): Promise<string> {
  const texts: string[] = [];
  for (const key of await client.keys("*")) {
    const type = await client.type(key);
    const read: Readonly<Record<string, () => Promise<unknown>>> = {
      string: () => client.get(key),
      list: () => client.lrange(key, 0, -1),
      set: () => client.smembers(key),
      hash: () => client.hgetall(key),
      zset: () => client.zrange(key, 0, -1),
      stream: () => client.xrange(key, "-", "+"),
    };
    texts.push(key, JSON.stringify(await read[type]?.()));
  }
  return texts.join("\n");
}

/** Command lines of all processes, and what those that compute were given as environment. */
function processes(pids: readonly number[]): string {
  const read = (path: string) => {
    try {
      return readFileSync(path, "latin1");
    } catch {
      return "";
    }
  };
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const parentOf = (pid: string) => Number(/^PPid:\s*(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1]);
  const computing = all.filter((pid) => pids.includes(parentOf(pid)));
  return [
    ...all.map((pid) => read(`/proc/${pid}/cmdline`)),
    ...computing.map((pid) => read(`/proc/${pid}/environ`)),
  ].join("\n");
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

export const secrets: Case = async (stage) => {
  const cwd = await stage.data({ images: 30, targets: 2 });
  const reference = await stage.reference("run.yaml", cwd);
  const given = join(stage.folder, "given");
  mkdirSync(given);
  const { ca, server, client } = certificates(join(given, "certificates"));
  const rights = [
    ...["~segbench*", "&segbench*", "-@all", "+@read", "+@write", "+@scripting", "+@connection"],
    ...["+@blocking", "+@transaction", "+@pubsub", "+info"],
  ];
  const broker = await stage.broker({
    scheme: "rediss",
    config: [
      ...[`tls-cert-file ${server[0]}`, `tls-key-file ${server[1]}`, `tls-ca-cert-file ${ca[0]}`],
      ...["tls-auth-clients yes", "requirepass of-the-tests"],
      `user ${USER} on >${PASSWORD} ${rights.join(" ")}`,
    ],
    entry: {
      password: "of-the-tests",
      tls: {
        ca: readFileSync(ca[0]),
        cert: readFileSync(client[0]),
        key: readFileSync(client[1]),
        servername: "localhost",
      },
    },
  });
  const file = join(given, "password");
  writeFileSync(file, `${PASSWORD}\n`, { mode: 0o600 });
  const tls = { SEGBENCH_QUEUE_CA: ca[0], SEGBENCH_QUEUE_CERT: client[0], SEGBENCH_QUEUE_KEY: client[1] };
  const env = { ...tls, SEGBENCH_QUEUE_USER: USER, SEGBENCH_QUEUE_PASSWORD_FILE: file };
  // In a variable as a whole, too.
  const whole = broker.url.replace("//", `//${USER}:${PASSWORD}@`);
  const out = join(stage.folder, "out");
  const coordinator = stage.segbench(["run", "run.yaml", "--queue", "--out", out, "--no-pages"], {
    ...{ cwd, env: { ...tls, SEGBENCH_QUEUE: whole } },
  });
  const worker = stage.worker(broker, "run.yaml", cwd, [], { env, faults: { slow: 150 } });
  await until("some units", 60, () => unitsIn(out) >= 4);
  const pids = [coordinator, worker].map(({ child }) => child.pid!);
  const seen = { processes: processes(pids), broker: await contents(broker.client) };
  const looked = await fine(stage.segbench(["queue", broker.url, "--json"], { cwd, env }));
  const metrics = await fine(stage.segbench(["queue", broker.url, "--metrics"], { cwd, env }));
  const ends = [await fine(coordinator), await fine(worker), looked, metrics];
  sameBytes(reference, out);
  const said = ends.map((one) => one.out + one.err).join("\n");
  const wrong = await stage.worker(broker, "run.yaml", cwd, [], {
    env: { ...env, SEGBENCH_QUEUE_USER: "nobody" },
  }).finished;
  assert.equal(wrong.code, 1);
  const shown = await stage.segbench(["queue", whole], { cwd, env: tls }).finished;
  assert.match(shown.err, /a command line shows to everybody/);
  const withoutCertificate = await stage.worker(broker, "run.yaml", cwd, [], {
    env: { SEGBENCH_QUEUE_CA: ca[0], SEGBENCH_QUEUE_USER: USER, SEGBENCH_QUEUE_PASSWORD_FILE: file },
  }).finished;
  assert.equal(withoutCertificate.code, 1);
  const others = [wrong, shown, withoutCertificate].map((one) => one.out + one.err).join("\n");
  const files = filesBelow(stage.folder).filter(
    (path) => !path.startsWith(given) && !path.endsWith("broker.conf"),
  );
  const texts = {
    ...seen,
    said,
    others,
    ...Object.fromEntries(files.map((path) => [path, readFileSync(path, "latin1")])),
  };
  // The command line of the test that gives a URL with a password is not there any more.
  for (const [where, text] of Object.entries(texts))
    for (const secret of [PASSWORD, USER]) assert.ok(!text.includes(secret), `${secret} is in ${where}`);
  assert.match(seen.processes, /segbench|main\.js/);
  return { files: files.length, lettersInTheBroker: seen.broker.length, lettersSaid: said.length };
};
