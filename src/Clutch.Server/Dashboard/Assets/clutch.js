// The dashboard's one script: live figures, forms that call the public API, local times, keyboard. Pages are complete without it, except that they do not move and change nothing.
'use strict';

const root = document.documentElement;
const prefix = root.dataset.prefix ?? '';
const csrf = document.querySelector('meta[name="csrf-token"]')?.content ?? '';
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const language = root.lang;

// --- Times: in the reader's zone, UTC on hover -------------------------------------------------------------------------------------------------

const fullTime = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' });   // 2026-11-24 09:00:00 in every language
const clockTime = new Intl.DateTimeFormat('sv-SE', { timeStyle: 'medium' });
const minuteTime = new Intl.DateTimeFormat('sv-SE', { timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });

function ago(instant) {
  const seconds = Math.round((instant - Date.now()) / 1000);
  const [unit, size] = Math.abs(seconds) < 60 ? ['second', 1] : Math.abs(seconds) < 3600 ? ['minute', 60] : Math.abs(seconds) < 86400 ? ['hour', 3600] : ['day', 86400];
  return relative.format(Math.round(seconds / size), unit);
}

function showTimes(within) {
  for (const element of within.querySelectorAll('time[data-local]')) {
    const instant = new Date(element.dateTime);
    element.textContent = element.dataset.local === 'relative' ? ago(instant) : fullTime.format(instant);
  }
  for (const element of within.querySelectorAll('text[data-clock]'))
    element.textContent = (element.dataset.clockForm === 'minutes' ? minuteTime : clockTime).format(new Date(Number(element.dataset.clock)));
}

function showZone() {
  const element = document.getElementById('zone');
  if (element) element.textContent = zone;
}

// --- Live figures ---------------------------------------------------------------------------------------------------------------------------------

const count = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const small = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const ends = JSON.parse(document.body.dataset.ends);   // each status that is an end, in the reader's language
let source = null;
let isPaused = false;
let isOver = false;   // the one execution of this page has ended: nothing follows
let known = new Map();
let mayHaveMissed = false;   // while the stream was away, something may have begun and ended

function span(seconds) {
  const whole = Math.round(seconds);
  const units = JSON.parse(document.body.dataset.units);
  const one = (unit, value) => units[unit].replace('{0}', value);
  const two = (large, first, less, second) => second ? `${one(large, first)} ${one(less, second)}` : one(large, first);
  if (seconds < 10) return one('s', small.format(seconds));
  if (whole < 60) return one('s', whole);
  if (whole < 3600) return two('min', Math.floor(whole / 60), 's', whole % 60);
  if (whole < 86400) return two('h', Math.floor(whole / 3600), 'min', Math.floor(whole % 3600 / 60));
  return two('d', Math.floor(whole / 86400), 'h', Math.floor(whole % 86400 / 3600));
}

function put(key, text) {
  for (const element of document.querySelectorAll(`[data-live="${CSS.escape(key)}"]`)) {
    if (element.textContent !== text) element.textContent = text;
  }
}

function secondsOf(part, at) {
  return (new Date(part.endedAt ?? at) - new Date(part.startedAt)) / 1000;
}

function showStep(execution, step, at) {
  const key = `${execution}/${step.step}`;
  for (const bar of document.querySelectorAll(`progress[data-live="${CSS.escape(key)}/fraction"]`)) {
    if (step.fraction === null || step.fraction === undefined) bar.removeAttribute('value');
    else bar.value = step.fraction;
  }
  for (const [name, value] of Object.entries(step.counts)) put(`${key}/${name}`, count.format(value));
  put(`${key}/skipped`, count.format(step.counts.readSkipped + step.counts.processSkipped + step.counts.writeSkipped));
  put(`${key}/rate`, (step.itemsPerSecond >= 100 ? count : small).format(step.itemsPerSecond));
  put(`${key}/percent`, step.fraction === null || step.fraction === undefined ? '' : `${Math.floor(step.fraction * 100)} %`);
  put(`${key}/remaining`, step.remainingSeconds === null || step.remainingSeconds === undefined ? '–' : span(step.remainingSeconds));
  if (step.startedAt) put(`${key}/duration`, span(secondsOf(step, at)));
  if (step.partitions) put(`${key}/partitions`, `${count.format(step.partitions.completed)} / ${count.format(step.partitions.total)}`);
  rememberRate(key, step.itemsPerSecond);
}

const rates = new Map();

function rememberRate(key, rate) {
  const chart = document.querySelector(`svg[data-rate="${CSS.escape(key)}"]`);
  if (!chart) return;
  const values = rates.get(key) ?? [];
  values.push(rate);
  if (values.length > 120) values.shift();
  rates.set(key, values);
  const top = Math.max(...values, 1);
  const step = 300 / Math.max(values.length - 1, 20);   // a young line fills the chart as it grows
  const points = values.map((value, index) => `${(index * step).toFixed(1)},${(46 - value / top * 42).toFixed(1)}`);
  chart.querySelector('polyline').setAttribute('points', points.join(' '));
}

function showProgress(view) {
  const shape = `${view.status}:${view.steps.map(step => `${step.step}=${step.status}`).join()}`;
  const before = known.get(view.executionId);
  known.set(view.executionId, shape);
  put(`${view.executionId}/duration`, span(secondsOf(view, view.at)));
  for (const step of view.steps) showStep(view.executionId, step, view.at);
  const shown = document.querySelector(`[data-execution="${view.executionId}"]`);
  const isNews = before === undefined ? !shown || shown.dataset.shape !== shape : before !== shape;
  if (isNews) refreshSoon();
  if (view.status in ends) announce(`#${view.executionId} ${view.job}: ${ends[view.status]}`);
}

let lastSaid = 0;

function announce(text) {
  // At most one message in five seconds: a screen reader must come to the end of a sentence.
  const voice = document.getElementById('voice');
  if (!voice || Date.now() - lastSaid < 5000) return;
  lastSaid = Date.now();
  voice.textContent = text;
}

let refreshTimer = null;
let lastRefresh = 0;

function refreshSoon() {
  refreshTimer ??= setTimeout(refresh, Math.max(250, 2000 - (Date.now() - lastRefresh)));
}

/** What somebody works in is not replaced under their hands, but looked at again later. */
function isInUse() {
  return document.querySelector('dialog[open]') || document.activeElement?.closest('form input, form textarea, form select');
}

async function refresh() {
  refreshTimer = null;
  lastRefresh = Date.now();
  if (isPaused || document.hidden) return;
  if (isInUse()) return refreshSoon();
  const answer = await fetch(location.href, { headers: { 'X-Clutch-Refresh': '1' } }).catch(() => null);
  if (!answer?.ok) return;
  if (answer.redirected && new URL(answer.url).pathname === `${prefix}/sign-in`) return location.assign(answer.url);
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  // It may have been opened while the answer was on its way.
  if (isInUse()) return refreshSoon();
  for (const fresh of page.querySelectorAll('[data-refresh]')) {
    const old = document.getElementById(fresh.id);
    if (!old) continue;
    showTimes(fresh);
    keepOpen(old, fresh);
    if (old.outerHTML === fresh.outerHTML) continue;
    const focused = old.contains(document.activeElement) ? placeOf(document.activeElement) : null;
    old.replaceWith(fresh);
    if (focused) fresh.querySelector(focused)?.focus();
  }
}

function keepOpen(old, fresh) {
  const unfolded = fresh.querySelectorAll('details');
  old.querySelectorAll('details').forEach((details, index) => { if (details.open && unfolded[index]) unfolded[index].open = true; });
}

/** How to find a link or a button again in what takes its place. */
function placeOf(element) {
  return ['href', 'data-dialog'].filter(name => element.hasAttribute(name)).map(name => `[${name}="${CSS.escape(element.getAttribute(name))}"]`)[0] ?? null;
}

function setLive(state) {
  const button = document.getElementById('live');
  if (!button) return;
  button.dataset.state = state;
  button.disabled = state === 'ended';
  button.setAttribute('aria-pressed', String(state !== 'paused'));
  button.textContent = document.body.dataset[`${state}Text`];
}

function showsRunning() {
  return [...document.querySelectorAll('main .status:is(.is-starting, .is-started, .is-stopping)')].some(mark => !mark.closest('.legend'));
}

function connect() {
  const address = document.body.dataset.stream;
  if (!address || isPaused || isOver || document.hidden || source) return;
  source = new EventSource(address);
  source.addEventListener('open', () => {
    setLive('on');
    document.getElementById('lost').hidden = true;
    // What is shown as running may have ended between the making of the page and this moment: of that no event would come.
    if (mayHaveMissed || showsRunning()) refreshSoon();
    mayHaveMissed = false;
  });
  source.addEventListener('progress', event => showProgress(JSON.parse(event.data)));
  source.addEventListener('ended', event => {
    showProgress(JSON.parse(event.data));
    if (/\/executions\/\d+\/events$/.test(address)) finish();
  });
  source.addEventListener('error', () => {
    mayHaveMissed = true;
    setLive('lost');
    document.getElementById('lost').hidden = false;
    if (source.readyState === EventSource.CLOSED) {
      disconnect();
      setTimeout(connect, 3000);
      refreshSoon();   // who is signed out meanwhile is led to the sign-in
    }
  });
}

// The server closes such a stream, which by itself looks like a server that is lost.
function finish() {
  isOver = true;
  disconnect();
  setLive('ended');
  refreshSoon();
}

function disconnect() {
  source?.close();
  source = null;
  mayHaveMissed = true;
}

function toggleLive() {
  // Without its button a page has no sign that it stands still.
  if (isOver || !document.getElementById('live')) return;
  isPaused = !isPaused;
  if (isPaused) {
    disconnect();
    setLive('paused');
  } else {
    connect();
  }
}

// --- Forms: a form with data-call calls the API with its fields as JSON -------------------------------------------------------------------------

function bodyOf(form) {
  const body = {};
  for (const element of form.elements) {
    if (!element.name || element.disabled || (element.type === 'submit')) continue;
    const value = element.type === 'checkbox' ? element.checked
      : element.value === '' ? null
      : element.dataset.type === 'number' ? Number(element.value)
      : element.dataset.type === 'lines' ? parametersOf(element)
      : element.value;
    if (value === null) continue;
    // What follows the first dot is a name as it is, and may have dots of its own: parameters.source.file.
    const dot = element.name.indexOf('.');
    if (dot < 0) body[element.name] = value;
    else (body[element.name.slice(0, dot)] ??= {})[element.name.slice(dot + 1)] = value;
  }
  return body;
}

function parametersOf(element) {
  if (isUntouched(element)) return JSON.parse(element.dataset.original);
  return Object.fromEntries(linesOf(element).map(line => [line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1).trim()]));
}

function isUntouched(element) {
  return element.dataset.original !== undefined && element.value === element.defaultValue;
}

function linesOf(element) {
  return element.value.split('\n').filter(line => line.trim());
}

/** Whether all lines are name=value; says beside its field which is not. */
function checkLines(form) {
  for (const element of form.querySelectorAll('[data-type=lines]')) {
    const wrong = isUntouched(element) ? undefined : linesOf(element).find(line => line.indexOf('=') < 1);
    if (wrong === undefined) continue;
    showFault(form, element.name, [element.dataset.faultText.replace('{0}', wrong.trim())]).focus();
    return false;
  }
  return true;
}

function clearFaults(form) {
  for (const fault of form.querySelectorAll('.fault')) fault.remove();
  for (const field of form.querySelectorAll('[aria-invalid]')) {
    field.removeAttribute('aria-invalid');
    if (field.dataset.hint) field.setAttribute('aria-describedby', field.dataset.hint);
    else field.removeAttribute('aria-describedby');
  }
  for (const words of form.querySelectorAll('[data-answer]')) words.parentElement.hidden = true;
}

function showFault(form, name, messages) {
  const wanted = name.toLowerCase();
  const field = [...form.elements].find(element => element.name && (element.name.toLowerCase() === wanted || element.name.toLowerCase().endsWith(`.${wanted}`)));
  const place = field?.closest('.field') ?? form.querySelector('.faults') ?? form;
  const fault = document.createElement('p');
  fault.className = 'fault';
  fault.id = `fault-${Math.random().toString(36).slice(2)}`;
  fault.textContent = field ? messages.join(' ') : `${name ? `${name}: ` : ''}${messages.join(' ')}`;
  place.append(fault);
  if (!field) return null;
  if (!field.hasAttribute('aria-invalid')) field.dataset.hint = field.getAttribute('aria-describedby') ?? '';
  field.setAttribute('aria-invalid', 'true');
  field.setAttribute('aria-describedby', `${field.getAttribute('aria-describedby') ?? ''} ${fault.id}`.trim());
  return field;
}

function showProblem(form, problem, status) {
  const fields = Object.entries(problem?.errors ?? {}).map(([name, messages]) => showFault(form, name, messages)).filter(field => field);
  if (!problem?.errors) showFault(form, '', [problem?.detail ?? problem?.title ?? `HTTP ${status}`]);
  fields[0]?.focus();
}

function fill(template, answer, write = encodeURIComponent) {
  return template.replace(/\{([\w.]+)\}/g, (_, path) => write(path.split('.').reduce((value, part) => value?.[part], answer) ?? ''));
}

/** The page to show after an action: data-then with fields of the answer in it, data-back as it is, or this page again. */
function goOn(form, answer) {
  const path = form.dataset.back ?? (form.dataset.then ? fill(form.dataset.then, answer) : null);
  const target = new URL(path === null ? location.href : prefix + path, location.href);
  const isHere = target.origin === location.origin && target.pathname === location.pathname && target.search === location.search;
  // Assigning the page's own address with a #place in it only scrolls there.
  if (isHere) location.reload();
  else location.assign(target.origin === location.origin ? target : `${prefix}/`);
}

async function call(form, button) {
  // A second button of the form may ask something else, such as for a preview.
  const [method, address] = (button?.dataset.as ?? form.dataset.call).split(' ');
  clearFaults(form);
  if (!checkLines(form)) return;
  const body = bodyOf(form);
  const buttons = [...form.querySelectorAll('button')].filter(button => !button.disabled);
  buttons.forEach(button => { button.disabled = true; });
  form.setAttribute('aria-busy', 'true');
  let isDone = false;
  try {
    const answer = await fetch(prefix + address, {
      method,
      headers: { 'Content-Type': 'application/json', Accept: 'application/json, application/problem+json', 'X-CSRF-Token': csrf },
      body: method === 'GET' || method === 'DELETE' && Object.keys(body).length === 0 ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    const content = text && /json/.test(answer.headers.get('Content-Type') ?? '') ? JSON.parse(text) : null;
    if (!answer.ok) {
      showProblem(form, content, answer.status);
      return;
    }
    const shown = button?.dataset.show ?? form.dataset[`on${content?.outcome}`];
    isDone = !shown;
    if (shown) showAnswer(shown, content);
    else goOn(form, content);
  } catch {
    showFault(form, '', [document.body.dataset.lostText]);
  } finally {
    // What is done is not to be done once more while the next page is on its way.
    if (!isDone) {
      buttons.forEach(button => { button.disabled = false; });
      form.removeAttribute('aria-busy');
    }
  }
}

// An answer that is only looked at goes into an element of the page, whose text names its fields: {inWords}.
function showAnswer(id, answer) {
  const place = document.getElementById(id);
  place.hidden = false;
  const lines = Array.isArray(answer?.firings) ? answer.firings.map(firing => fullTime.format(new Date(firing.at)) + (firing.note ? ` – ${firing.note}` : '')) : null;
  const list = place.querySelector('ul');
  if (list && lines) list.replaceChildren(...lines.map(line => Object.assign(document.createElement('li'), { textContent: line })));
  const words = place.querySelector('[data-answer]');
  if (words) words.textContent = fill(words.dataset.answer, answer, String);
  const link = place.querySelector('a[data-path]');
  if (link) link.href = prefix + fill(link.dataset.path, answer);
}

document.addEventListener('submit', event => {
  const form = event.target.closest('form[data-call]');
  if (!form) return;
  event.preventDefault();
  call(form, event.submitter);
});

document.addEventListener('click', event => {
  const opener = event.target.closest('[data-dialog]');
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialog);
    dialog?.showModal();
    dialog?.querySelector('input:not([type=hidden]), textarea')?.focus();
  }
  if (event.target.closest('[data-close]')) event.target.closest('dialog')?.close();
  if (event.target.closest('#live')) toggleLive();
  const copier = event.target.closest('[data-copy]');
  if (copier) navigator.clipboard?.writeText(copier.dataset.copy);
});

document.addEventListener('change', event => {
  if (event.target.matches('select[data-submit]')) event.target.form.requestSubmit();
});

// --- Keyboard ----------------------------------------------------------------------------------------------------------------------------------------

const places = { o: '/', j: '/jobs', e: '/executions', d: '/dead-letters', s: '/schedules', b: '/outbox', n: '/nodes', a: '/alerts' };
let isGoing = false;

function rows() {
  return [...document.querySelectorAll('main tbody tr')].filter(row => row.querySelector('a[href]'));
}

function selectRow(step) {
  const all = rows();
  if (all.length === 0) return;
  const at = all.findIndex(row => row.getAttribute('aria-selected') === 'true');
  const next = Math.min(Math.max(at + step, 0), all.length - 1);
  all.forEach((row, index) => { if (index === next) row.setAttribute('aria-selected', 'true'); else row.removeAttribute('aria-selected'); });
  all[next].querySelector('a[href]').focus();
}

document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select, dialog')) return;
  if (isGoing && places[event.key]) {
    location.assign(prefix + places[event.key]);
    return;
  }
  isGoing = event.key === 'g';
  if (event.key === '/') {
    const search = document.querySelector('main form[method=get] :is(input:not([type=hidden]), select)');
    if (search) { event.preventDefault(); search.focus(); }
  } else if (event.key === 'j') selectRow(1);
  else if (event.key === 'k') selectRow(-1);
  else if (event.key === 'r') toggleLive();
  else if (event.key === '?') document.getElementById('keys')?.showModal();
});

// Come back to out of the browser's memory, a page is as it was left: old, and with the buttons of what was done disabled.
addEventListener('pageshow', event => { if (event.persisted) location.reload(); });

document.addEventListener('visibilitychange', () => {
  if (document.hidden) disconnect();
  else { connect(); refreshSoon(); }
});

showTimes(document);
showZone();
connect();
setInterval(() => { if (!document.hidden) showTimes(document); }, 30000);
// The scheduler writes down how a firing ended when the execution has ended, and no event tells of it.
setInterval(() => { if (document.querySelector('[data-unsettled]')) refreshSoon(); }, 3000);
// No event tells of nodes, of messages or of a restart that is to come.
setInterval(() => { if (document.querySelector('[data-poll]')) refreshSoon(); }, 15000);
// A step without chunks commits nothing for hours: how long it runs, and that this is longer than usual, shows all the same.
setInterval(() => { if (showsRunning()) refreshSoon(); }, 60000);
