#!/usr/bin/env node
// Checks an evidence pack, written from docs/ledger.md alone and with nothing but Node:
//
//     node verify-evidence.mjs PACK KEYFILE [--complete]
//
// It is an example of how little it takes. It keeps the whole pack in memory, reads no ZIP over 4 GiB, and does not
// compare events.csv with events.jsonl: backtrail verify does all of that.
import { createHash, createHmac, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

class Bad extends Error {}
const must = (ok, what) => { if (!ok) throw new Bad(what) }
const sha256 = (...parts) => parts.reduce((h, p) => h.update(p), createHash('sha256')).digest()
const utf8 = (bytes) => new TextDecoder('utf-8', { fatal: true }).decode(bytes)

function unbase64(text, length) {
  const bytes = Buffer.from(text, 'base64')
  must(bytes.length === length && bytes.toString('base64') === text, `not base64 of ${length} bytes: ${text}`)
  return bytes
}

// ---- The ZIP file ----

function unzip(file) {
  const end = file.length - 22
  must(end >= 0 && file.readUInt32LE(end) === 0x06054b50, 'this is not a ZIP file, or it was cut off')
  const entries = new Map()
  let at = file.readUInt32LE(end + 16)
  for (let n = file.readUInt16LE(end + 10); n > 0; n--) {
    must(at + 46 <= end && file.readUInt32LE(at) === 0x02014b50, 'the directory of the ZIP file is damaged')
    const [method, packed, length, nameLength, extra, comment, start] = [file.readUInt16LE(at + 10), file.readUInt32LE(at + 20),
      file.readUInt32LE(at + 24), file.readUInt16LE(at + 28), file.readUInt16LE(at + 30), file.readUInt16LE(at + 32), file.readUInt32LE(at + 42)]
    const name = file.toString('latin1', at + 46, at + 46 + nameLength)
    const data = start + 30 + file.readUInt16LE(start + 26) + file.readUInt16LE(start + 28)
    const bytes = file.subarray(data, data + packed)
    must(!entries.has(name), `${name} is in the pack twice`)
    must(length <= Math.max(10 << 20, 1000 * packed), `${name} is a trap: it unpacks to ${length} bytes`)
    entries.set(name, method === 0 ? bytes : inflateRawSync(bytes, { maxOutputLength: length + 1 }))
    must(entries.get(name).length === length, `${name} is damaged`)
    at += 46 + nameLength + extra + comment
  }
  return entries
}

// ---- The key and the checkpoint ----

function readKey(text) {
  const line = text.split('\n').map((l) => l.trim()).filter((l) => l && !l.startsWith('#'))
  must(line.length === 1, 'the key file must have one line')
  const [, name, hash, key] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(line[0]) ?? []
  must(name, 'this is not a key')
  const bytes = unbase64(key, 33)
  must(bytes[0] === 1 && sha256(name, '\n', bytes).toString('hex', 0, 4) === hash, 'the key was changed')
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bytes.subarray(1)]) // RFC 8410
  return { name, hash, key: createPublicKey({ key: der, format: 'der', type: 'spki' }) }
}

function openCheckpoint(text, key) {
  const split = text.indexOf('\n\n')
  must(split > 0 && text.endsWith('\n'), 'this is not a checkpoint')
  const signed = text.slice(0, split + 1)
  const [origin, size, root] = signed.split('\n')
  must(origin === key.name, `the checkpoint is of ${origin}, the key of ${key.name}`)
  must(/^(0|[1-9][0-9]{0,15})$/.test(size), 'the checkpoint has no size')
  for (const line of text.slice(split + 2, -1).split('\n')) {
    const [, name, signature] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? []
    const bytes = Buffer.from(signature ?? '', 'base64')
    if (name !== key.name || bytes.toString('hex', 0, 4) !== key.hash) continue
    must(verify(null, Buffer.from(signed), key.key, bytes.subarray(4)), 'the signature of the checkpoint is wrong')
    return { origin, size: Number(size), root: unbase64(root, 32) }
  }
  throw new Bad('the checkpoint is not signed with this key')
}

// ---- From a line to its leaf ----

const S = /"(?:[^"\\\x00-\x1f]|\\["\\bfnrt]|\\u00(?:0[0-7bef]|1[0-9a-f]))*"/y
const F = new RegExp(`(?!"")${S.source}`, 'y')
const T = /"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"/y
const P = /[1-9][0-9]*/y
const N = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const UUID = /^"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"$/

// Walker reads a body by the grammar of the section "The body", from left to right. What is public goes into header,
// every other value to value(path, text); withheld(path) says whether a null stands for one that was withheld.
class Walker {
  constructor(text, value, withheld) { Object.assign(this, { text, value, withheld, at: 0, header: '' }) }

  take(s) { const there = this.text.startsWith(s, this.at); if (there) this.at += s.length; return there }
  expect(s) { must(this.take(s), `expected ${s} at ${this.at}`) }
  both(s) { this.expect(s); this.header += s }

  match(kind) {
    kind.lastIndex = this.at
    const m = kind.exec(this.text)
    must(m, `no ${kind.source.slice(0, 20)} at ${this.at}`)
    this.at += m[0].length
    return m[0]
  }

  json(depth = 64) { // V
    const start = this.at
    const open = this.text[start]
    if (open === '{' || open === '[') {
      must(depth > 0, 'a value is too deep')
      const close = open === '{' ? '}' : ']'
      this.at++
      for (let n = 0; !this.take(close); n++) {
        if (n > 0) this.expect(',')
        if (open === '{') { this.match(S); this.expect(':') }
        this.json(depth - 1)
      }
    } else if (open === '"') this.match(S)
    else if (!this.take('true') && !this.take('false') && !this.take('null')) this.match(N)
    return this.text.slice(start, this.at)
  }

  public(key, kind, nullable) { this.both(key); this.header += nullable && this.take('null') ? 'null' : this.match(kind) }
  hidden(key, path, kind, nullable) { this.expect(key); this.give(path, kind, nullable) }

  give(path, kind, nullable, identity) {
    if (this.take('null')) {
      must((kind !== P && kind !== T && kind !== 'true' && this.withheld(path)) || nullable, `${path} must not be null`)
      if (identity) this.header += 'null'
      return
    }
    let raw
    if (kind === 'V') raw = this.json()
    else if (kind === 'true') { this.expect('true'); raw = 'true' } else raw = this.match(kind)
    if (identity && UUID.test(raw)) this.header += raw
    else {
      if (identity) this.header += 'null'
      this.value(path, raw)
    }
  }

  event() {
    this.both('{"v":1')
    for (const [key, kind] of [['id', S], ['account', S], ['occurred_at', T], ['recorded_at', T]]) this.public(`,"${key}":`, kind)
    this.actor()
    for (const key of ['channel', 'module', 'type', 'action', 'outcome']) this.public(`,"${key}":`, S)
    this.record()
    this.list(',"related":[', 'related', (path) => this.ref(path))
    this.hidden(',"description":', 'description', S)
    this.list(',"changes":[', 'changes', (path) => this.change(path))
    this.public(',"operation":', S)
    this.public(',"cause":', F, true)
    this.public(',"undo_of":', F, true)
    if (this.text.startsWith(',"size":', this.at)) this.public(',"size":', P)
    this.counts()
    this.expect(',"context":')
    for (const [i, key] of ['ip', 'user_agent', 'session', 'request'].entries()) this.hidden(`${i ? ',' : '{'}"${key}":`, `context.${key}`, F, true)
    this.expect('}}')
    must(this.at === this.text.length, 'there is more behind the event')
    return this.header + '}'
  }

  actor() {
    this.both(',"actor":')
    this.public('{"type":', S)
    this.both(',"id":')
    this.give('actor.id', F, true, true)
    this.hidden(',"name":', 'actor.name', S)
    this.hidden(',"email":', 'actor.email', F, true)
    this.both(',"on_behalf_of":')
    if (this.take('null')) this.header += 'null'
    else {
      this.expect('{"id":')
      this.give('actor.on_behalf_of.id', S, false, true)
      this.hidden(',"name":', 'actor.on_behalf_of.name', S)
      this.expect('}')
    }
    this.both('}')
  }

  record() {
    this.both(',"record":')
    if (this.take('null')) { this.header += 'null'; return }
    this.public('{"object":', S)
    this.both(',"id":')
    this.give('record.id', S, false, true)
    this.hidden(',"name":', 'record.name', S)
    if (this.text.startsWith(',"version":', this.at)) this.public(',"version":', P)
    if (this.text.startsWith(',"created_at":', this.at)) this.public(',"created_at":', T)
    this.both('}')
  }

  ref(path) {
    this.hidden('{"object":', `${path}.object`, S)
    this.hidden(',"id":', `${path}.id`, S)
    this.hidden(',"name":', `${path}.name`, S)
    this.optional(path, [['version', P], ['created_at', T]])
    this.expect('}')
  }

  change(path) {
    this.hidden('{"field":', `${path}.field`, S)
    this.hidden(',"label":', `${path}.label`, S)
    this.hidden(',"before":', `${path}.before`, 'V', true)
    this.hidden(',"after":', `${path}.after`, 'V', true)
    this.optional(path, [['before_text', F], ['after_text', F], ['secret', 'true']])
    if (this.take(',"record":')) this.ref(`${path}.record`)
    this.expect('}')
  }

  optional(path, members) {
    for (const [key, kind] of members) if (this.text.startsWith(`,"${key}":`, this.at)) this.hidden(`,"${key}":`, `${path}.${key}`, kind)
  }

  list(key, name, item) {
    this.expect(key)
    for (let n = 0; !this.take(']'); n++) {
      if (n > 0) this.expect(',')
      item(`${name}.${n}`)
    }
  }

  counts() {
    const start = this.at
    if (!this.take(',"counts":{')) return
    for (let n = 0; n === 0 || !this.take('}'); n++) {
      if (n > 0) this.expect(',')
      this.match(S)
      this.expect(':')
      this.match(N)
    }
    this.header += this.text.slice(start, this.at)
  }
}

const leafHash = (header, valuesHash) => sha256('\0', `backtrail-leaf/1\n${header}\n${valuesHash.toString('base64')}\n`)

// leafOf makes the hash of the leaf, and the header, of a line without its place.
function leafOf(line) {
  let m = /^\{"header":(\{.*\}),"values_hash":"([^"]*)"\}$/s.exec(line)
  if (m) return { header: m[1], hash: leafHash(m[1], unbase64(m[2], 32)) }
  m = /^\{"event":(\{.*\}),"salt":"([0-9a-f]{32})"\}$/s.exec(line)
  const body = m ? m[1] : line.slice('{"event":'.length, line.lastIndexOf(',"values":['))
  const entries = m ? null : JSON.parse(line.slice(line.lastIndexOf(',"values":[') + ',"values":'.length, -1))
  const key = m && Buffer.from(m[2], 'hex')
  const list = createHash('sha256')
  let n = 0
  const add = (path, commitment) => list.update(`${path} ${commitment.toString('base64')}\n`)
  const value = (path, raw) => {
    if (key) return add(path, sha256(createHmac('sha256', key).update(path).digest().subarray(0, 16), raw))
    const [name, salt, commitment] = entries[n++] ?? []
    must(name === path && /^[0-9a-f]{32}$/.test(salt) && commitment === null, `${path} is not listed with a salt`)
    add(path, sha256(Buffer.from(salt, 'hex'), raw))
  }
  let withheld = 0
  const isWithheld = (path) => {
    if (key || entries[n]?.[0] !== path) return false
    const [, salt, commitment] = entries[n++]
    must(salt === null, `${path} is null and listed with a salt`)
    add(path, unbase64(commitment, 32))
    withheld++
    return true
  }
  const header = new Walker(body, value, isWithheld).event()
  must(key || (n === entries.length && withheld > 0), 'the list of values has too many')
  must(key || line === `{"event":${body},"values":${JSON.stringify(entries)}}`, 'the line is not written as it should be')
  return { header, hash: leafHash(header, list.digest()) }
}

// linesOf reads a file of lines into {seq, header, hash}.
function linesOf(bytes, name) {
  const lines = utf8(bytes).split('\n')
  must(lines.pop() === '', `${name} does not end with a line`)
  return lines.map((line, i) => {
    const [place, seq] = /^\{"seq":([1-9][0-9]{0,15}),/.exec(line) ?? []
    must(seq, `${name}: line ${i + 1} has no place`)
    try {
      const { header, hash } = leafOf('{' + line.slice(place.length))
      return { seq: Number(seq), hash, header: JSON.parse(header), row: name === 'events.jsonl' }
    } catch (e) {
      throw new Bad(`${name}: line ${i + 1}, event ${seq}: ${e.message}`)
    }
  })
}

// ---- The proof ----

// rootOf computes the root of a tree of size leaves from some of them, and a batch proof of those.
function rootOf(size, leaves, proof) {
  let next = 0
  const visit = (lo, hi, from, to) => { // leaves[from] to leaves[to-1] lie in lo...hi-1
    if (from === to) { must(next + 32 <= proof.length, 'the proof is too short'); return proof.subarray(next, next += 32) }
    if (hi - lo === 1) return leaves[from].hash
    let k = 1
    while (2 * k < hi - lo) k *= 2
    let middle = from
    while (middle < to && leaves[middle].seq - 1 < lo + k) middle++
    return sha256('\x01', visit(lo, lo + k, from, middle), visit(lo + k, hi, middle, to))
  }
  const root = visit(0, size, 0, leaves.length)
  must(next === proof.length, 'the proof is too long')
  return root
}

// ---- The filter ----

// fits says of a header whether it passes the filter: true, false, or undefined when it does not say enough.
function fits(filter, h) {
  const micros = (t) => new Date(t).getTime() * 1000 + Number(/\.\d{3}(\d{3})Z$/.exec(t)?.[1] ?? 0)
  const at = micros(h.occurred_at)
  if (filter.from && at < micros(filter.from[0])) return false
  if (filter.to && at >= micros(filter.to[0])) return false
  const typeFits = (p) => p === '*' || p === '*.*' || p === h.type ||
    (p.endsWith('.*') && h.type.startsWith(p.slice(0, -1))) || (p.startsWith('*.') && h.type.endsWith(p.slice(1)))
  let verdict = true
  for (const [name, values] of Object.entries(filter)) {
    const id = { user: h.actor.id, record: h.record && h.record.id }[name]
    if (name === 'from' || name === 'to') continue
    if (name === 'q') { verdict &&= undefined; continue }
    if (name === 'type') { if (!values.some(typeFits)) return false; continue }
    if (id === null && (name === 'user' || h.record) && values.some((v) => !UUID.test(`"${v}"`))) { verdict &&= undefined; continue }
    const is = { user: id, record: id, object: h.record?.object }[name] ?? h[name]
    if (!values.includes(is)) return false
  }
  return verdict
}

// ---- The check ----

function check(packFile, keyFile, demandComplete) {
  const pack = unzip(readFileSync(packFile))
  const key = readKey(readFileSync(keyFile, 'utf8'))
  const entry = (name) => { must(pack.has(name), `the pack has no ${name}`); return pack.get(name) }
  const manifest = JSON.parse(utf8(entry('manifest.json')))
  must(manifest.version === 1, 'the pack has another form')
  must(manifest.complete || !demandComplete, 'the pack is not a complete one')
  const checkpoint = openCheckpoint(utf8(entry('checkpoint.txt')), key)
  must(checkpoint.origin === `backtrail/${manifest.account.id}` && checkpoint.size === manifest.size, 'the manifest is of another ledger')

  const rows = linesOf(entry('events.jsonl'), 'events.jsonl')
  const headers = manifest.complete ? linesOf(entry('headers.jsonl'), 'headers.jsonl') : []
  const leaves = [...rows, ...headers].sort((a, b) => a.seq - b.seq)
  leaves.forEach(({ seq, header }, i) => {
    must(seq <= checkpoint.size && (i === 0 || leaves[i - 1].seq < seq), `event ${seq} has no place of its own`)
    must(header.account === manifest.account.id, `event ${seq} is of another account`)
  })
  for (const list of [rows, headers]) must(list.every((l, i) => i === 0 || list[i - 1].seq < l.seq), 'the lines are not in order')
  must(rootOf(checkpoint.size, leaves, entry('proof.bin')).equals(checkpoint.root), 'the rows are not those of the log')

  for (const { seq, header } of rows) must(fits(manifest.filter, header) !== false, `event ${seq} does not fit the filter`)
  let undecided = 0
  if (manifest.complete) {
    const { first, last } = manifest.stretch
    must(last === checkpoint.size, 'the stretch does not end with the ledger')
    const begin = Math.max(1, first - 1)
    must(leaves.length === last - begin + 1 && leaves[0].seq === begin, 'there is not a line for every place of the stretch')
    for (const { seq, header } of headers) {
      if (seq < first) {
        must(manifest.filter.from && [header.recorded_at, header.occurred_at].every((t) => t < manifest.filter.from[0]), 'the stretch begins too late')
        continue
      }
      const verdict = fits(manifest.filter, header)
      must(verdict !== true, `event ${seq} fits the filter and is not among the rows`)
      if (verdict === undefined) undecided++
    }
  }
  for (const [name, sum] of Object.entries(manifest.files)) must(sha256(entry(name)).toString('hex') === sum, `${name} is not the file that the manifest names`)
  must(rows.length === manifest.rows && headers.length === manifest.headers, 'the manifest counts other lines')
  return { rows: rows.length, headers: headers.length, complete: manifest.complete, undecided, size: checkpoint.size }
}

const [pack, key, demand] = process.argv.slice(2)
if (!pack || !key) {
  console.error('usage: node verify-evidence.mjs PACK KEYFILE [--complete]')
  process.exit(2)
}
try {
  console.log(JSON.stringify({ ok: true, ...check(pack, key, demand === '--complete') }))
} catch (e) {
  console.error(`NOT VERIFIED: ${e.message}`)
  process.exit(3)
}
