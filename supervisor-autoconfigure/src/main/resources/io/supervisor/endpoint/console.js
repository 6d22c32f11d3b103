'use strict';
(() => {
	// not relative: that would take a user name and password over from the address bar, which fetch refuses
	const url = location.origin + location.pathname.replace(/\/+$/, '');
	const framed = window.top !== window.self;
	const pollMillis = 2000;
	const maxRows = 500;
	const maxLanes = 30;
	const kinds = {
		RUNNING: 'good', COMPLETED: 'good', FAILED: 'bad', STUCK: 'bad', BACKOFF: 'busy', WAITING: 'busy',
		STARTING: 'busy', STOPPING: 'busy', STOPPED: 'off', NEW: 'off'
	};
	const symbols = {
		RUNNING: '\u25CF', COMPLETED: '\u2713', FAILED: '\u2715', STUCK: '\u26A0', BACKOFF: '\u21BB', WAITING: '\u2026',
		STARTING: '\u25B2', STOPPING: '\u25BC', STOPPED: '\u25A0', NEW: '\u25CB'
	};
	const startable = ['STOPPED', 'COMPLETED', 'FAILED', 'BACKOFF', 'NEW'];
	const stoppable = ['WAITING', 'STARTING', 'RUNNING', 'BACKOFF'];
	const rows = new Map();
	const counts = new Map();
	let group = null;
	let offset = 0;
	let failing = 0;
	let timer = 0;
	let busy = false;
	let onlyState = '';

	const $ = (id) => document.getElementById(id);

	// Everything that comes from services goes through textContent, never through HTML
	function el(tag, className, text) {
		const element = document.createElement(tag);
		if (className) {
			element.className = className;
		}
		if (text !== undefined && text !== null) {
			element.textContent = text;
		}
		return element;
	}

	// Writing only what differs keeps selections, scroll positions and screen readers at rest
	function setText(element, text) {
		if (element.textContent !== text) {
			element.textContent = text;
		}
	}

	function showState(element, state, degraded) {
		setText(element, degraded ? '\u25D0 ' + state + ', degraded' : symbols[state] + ' ' + state);
		const name = 'state ' + (degraded ? 'warn' : kinds[state]);
		if (element.className !== name) {
			element.className = name;
		}
		element.hidden = false;
	}

	const now = () => Date.now() + offset;

	function span(millis) {
		const seconds = Math.max(0, Math.round(millis / 1000));
		if (seconds < 60) {
			return seconds + ' s';
		}
		if (seconds < 3600) {
			return Math.floor(seconds / 60) + ' min ' + (seconds % 60) + ' s';
		}
		if (seconds < 86400) {
			return Math.floor(seconds / 3600) + ' h ' + Math.floor(seconds % 3600 / 60) + ' min';
		}
		return Math.floor(seconds / 86400) + ' d ' + Math.floor(seconds % 86400 / 3600) + ' h';
	}

	const ago = (time) => span(now() - Date.parse(time));

	function clock(time) {
		const date = new Date(time);
		const day = date.toDateString() === new Date(now()).toDateString() ? '' : date.toLocaleDateString() + ' ';
		return day + date.toLocaleTimeString();
	}

	function describe(failure) {
		const text = [failure.exception, failure.message].filter(Boolean).join(': ');
		return text || 'what was thrown is hidden';
	}

	async function load() {
		clearTimeout(timer);
		try {
			const response = await fetch(url, { headers: { Accept: 'application/json' }, cache: 'no-store', credentials: 'same-origin' });
			if (!response.ok) {
				throw new Error(refusal(response.status));
			}
			if (!(response.headers.get('Content-Type') || '').includes('json')) {
				throw new Error('the answer is a page, maybe a login: reload this one');
			}
			group = await response.json();
			offset = Date.parse(group.now) - Date.now();
			if (failing) {
				notice('');
			}
			failing = 0;
			render();
			document.documentElement.dataset.loaded = 'true';
		}
		catch (ex) {
			failing++;
			notice('Not up to date: ' + (ex instanceof TypeError ? 'the application does not answer' : ex.message), true);
		}
		const large = group ? Math.ceil(group.services.length / 1000) : 1;
		timer = setTimeout(load, document.hidden ? 30000 : Math.min(30000, pollMillis * (large + failing)));
	}

	function refusal(status) {
		return {
			401: 'refused (401): you are not logged in, or not any more',
			403: 'refused (403): you do not have the role for it, or the request had no valid CSRF token',
			404: 'not found (404)',
			405: 'refused (405): access to the endpoint is read-only'
		}[status] || 'the answer was ' + status;
	}

	function notice(text, bad) {
		setText($('notice'), text);
		$('notice').className = bad ? 'bad' : '';
	}

	async function act(action, path, button) {
		const name = path ? path : group.name;
		if (busy) {
			return;
		}
		if (!path && action !== 'start' && !confirm({ stop: 'Stop all services?', restart: 'Stop and start all services?',
			'stop-now': 'Interrupt all services at once, whatever they are doing?' }[action])) {
			return;
		}
		busy = true;
		// not disabled: that would take the focus away
		button.setAttribute('aria-disabled', 'true');
		try {
			const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
			const token = /(?:^|;\s*)XSRF-TOKEN=([^;]*)/.exec(document.cookie);
			if (token) {
				headers['X-XSRF-TOKEN'] = decodeURIComponent(token[1]);
			}
			const target = path ? url + '/' + path.split('/').map(encodeURIComponent).join('/') : url;
			const response = await fetch(target, { method: 'POST', headers, credentials: 'same-origin', redirect: 'error',
				body: JSON.stringify({ action }) });
			if (response.ok) {
				const state = (await response.json()).state;
				notice(action + ' of ' + name + (response.status === 202 ? ' is under way: ' : ' done: ') + state);
			}
			else {
				const body = response.status === 409 ? await response.json() : null;
				notice(action + ' of ' + name + ': ' + (body && body.error ? body.error : refusal(response.status)), true);
			}
		}
		catch (ex) {
			notice(action + ' of ' + name + ': the application does not answer, or sent us elsewhere', true);
		}
		busy = false;
		button.removeAttribute('aria-disabled');
		load();
	}

	function buttons(path) {
		const all = {};
		for (const action of path ? ['start', 'stop', 'restart'] : ['start', 'stop', 'restart', 'stop-now']) {
			const button = el('button', '', path ? action : action === 'stop-now' ? 'stop all now' : action + ' all');
			button.type = 'button';
			if (path) {
				button.append(el('span', 'sr', ' ' + path));
			}
			button.dataset.action = action;
			button.addEventListener('click', () => act(action, path, button));
			all[action] = button;
		}
		return all;
	}

	// A button that goes away under the focus would leave a keyboard user nowhere
	function offer(all, allowed) {
		for (const [action, button] of Object.entries(all)) {
			const offered = allowed.includes(action);
			if (!offered && document.activeElement === button) {
				const other = Object.entries(all).find(([name]) => allowed.includes(name));
				if (other) {
					other[1].hidden = false;
					other[1].focus();
				}
			}
			button.hidden = !offered;
		}
	}

	const groupButtons = buttons('');
	$('group-actions').append(...Object.values(groupButtons));
	const writable = () => group.writable && !framed;

	function flatten(services, depth, list) {
		for (const service of services) {
			list.push({ service, depth });
			flatten(service.services || [], depth + 1, list);
		}
		return list;
	}

	function wanted(service) {
		const text = $('filter').value.trim().toLowerCase();
		return (!text || service.path.toLowerCase().includes(text)) && (!onlyState || service.state === onlyState)
			&& (!$('trouble').checked || service.degraded || !['RUNNING', 'COMPLETED'].includes(service.state));
	}

	// Where not all can be shown, those that somebody has to look at must be among them
	function foremost(services, limit) {
		const rank = ({ service }) => ['bad', 'warn', 'busy', 'off', 'good'].indexOf(service.degraded ? 'warn' : kinds[service.state]);
		return services.length > limit ? [...services].sort((one, other) => rank(one) - rank(other)).slice(0, limit) : services;
	}

	function render() {
		setText($('group-name'), group.name);
		showState($('group-state'), group.state);
		document.title = symbols[group.state] + ' ' + group.state + ' \u2013 ' + group.name.slice(0, 80);
		renderCounts();
		renderServices();
		renderTransitions();
		renderFailures();
		offer(groupButtons, !writable() ? [] : ['NEW', 'STOPPED', 'COMPLETED', 'FAILED'].includes(group.state) ? ['start']
			: group.state === 'STOPPING' ? ['stop-now'] : ['stop', 'restart']);
		setText($('access'), (!group.writable ? 'Read-only.' : framed ? 'Read-only inside a frame.' : '')
			+ (group.details ? '' : ' Details are hidden: management.endpoint.supervisor.show-details says to whom they are shown.'));
		tick();
	}

	function renderCounts() {
		for (const state of Object.keys(kinds)) {
			const count = group.counts[state] || 0;
			let button = counts.get(state);
			if (!button && count) {
				button = el('button', 'state ' + kinds[state]);
				button.type = 'button';
				button.title = 'show only these';
				button.addEventListener('click', () => {
					onlyState = onlyState === state ? '' : state;
					render();
				});
				counts.set(state, button);
				const item = el('li');
				item.append(button);
				$('counts').append(item);
			}
			if (button) {
				setText(button, symbols[state] + ' ' + count + ' ' + state);
				button.setAttribute('aria-pressed', String(onlyState === state));
				button.parentElement.hidden = !count && onlyState !== state;
			}
		}
	}

	function renderServices() {
		const all = flatten(group.services, 0, []);
		const shown = foremost(all.filter(({ service }) => wanted(service)), maxRows);
		const body = $('services').tBodies[0];
		const paths = new Set(shown.map(({ service }) => service.path));
		for (const [path, row] of rows) {
			if (!paths.has(path)) {
				row.tr.remove();
				rows.delete(path);
			}
		}
		shown.forEach(({ service, depth }, index) => {
			let row = rows.get(service.path);
			if (!row) {
				row = newRow(service, depth);
				rows.set(service.path, row);
			}
			updateRow(row, service);
			if (body.children[index] !== row.tr) {
				body.insertBefore(row.tr, body.children[index] || null);
			}
		});
		setText($('more'), all.length > shown.length ? shown.length + ' of ' + all.length + ' services shown'
			: all.length ? '' : 'There are no services.');
	}

	function cell(row, label) {
		const td = el('td');
		td.dataset.label = label;
		row.append(td);
		return td;
	}

	function newRow(service, depth) {
		const tr = el('tr', 'd' + Math.min(depth, 3));
		const head = el('th');
		head.scope = 'row';
		const name = el('span', 'name');
		name.append(el('bdi', '', service.name), ' ');
		const tag = el('span', 'tag');
		name.append(tag);
		const about = el('div', 'about');
		const doing = el('div', 'doing');
		const stack = el('details', 'now');
		stack.append(el('summary', '', 'stack now'), el('pre'));
		head.append(name, doing, about, stack);
		tr.append(head);
		const state = el('span');
		cell(tr, 'State').append(state);
		stack.addEventListener('toggle', () => stack.open && loadStack(service.path, stack.lastChild));
		const row = { tr, tag, about, doing, stack, state, since: cell(tr, 'Since'), attempt: cell(tr, 'Attempt'), restarts: cell(tr, 'Restarts'),
			buttons: buttons(service.path), key: '' };
		const actions = el('td', 'act');
		const box = el('div', 'actions');
		box.append(...Object.values(row.buttons));
		actions.append(box);
		tr.append(actions);
		return row;
	}

	function updateRow(row, service) {
		row.service = service;
		row.tr.dataset.path = service.path;
		row.tr.dataset.state = service.state;
		showState(row.state, service.state, service.degraded);
		row.stack.hidden = !group.details || !service.thread || !!service.stack;
		setText(row.attempt, String(service.attempt));
		setText(row.restarts, String(service.restarts));
		setText(row.tag, [service.critical ? '' : 'not critical', service.groupState ? 'group, ' + service.groupState : '']
			.filter(Boolean).join(', '));
		const key = JSON.stringify([service.waitingFor, service.lease && service.lease.token, service.nextAttempt,
			service.cancellationCause, service.lastFailure, service.stack, service.state, service.heartbeatTimeout,
			service.degradedReason, awaited(service)]);
		if (key !== row.key) {
			row.key = key;
			renderAbout(row, service);
		}
		const owner = service.path.includes('/') ? null : group.state;
		const live = owner === null || ['STARTING', 'RUNNING'].includes(owner);
		offer(row.buttons, !writable() || !live ? [] : [
			startable.includes(service.state) ? 'start' : '',
			stoppable.includes(service.state) ? 'stop' : '',
			service.state === 'RUNNING' || service.state === 'STARTING' ? 'restart' : ''
		]);
	}

	// In the stop of the group: those whose end this one waits for
	function awaited(service) {
		return group.state !== 'STOPPING' || !['RUNNING', 'STARTING'].includes(service.state) ? [] : group.services
			.filter((other) => other.dependencies.includes(service.path) && ['STARTING', 'RUNNING', 'STOPPING'].includes(other.state))
			.map((other) => other.name);
	}

	async function loadStack(path, element) {
		setText(element, 'Loading.');
		try {
			const response = await fetch(url + '/' + path.split('/').map(encodeURIComponent).join('/') + '?stack=true',
				{ headers: { Accept: 'application/json' }, cache: 'no-store', credentials: 'same-origin' });
			const body = response.ok ? await response.json() : null;
			setText(element, !body ? refusal(response.status) : body.stack ? 'at ' + clock(now()) + '\n' + body.stack.join('\n')
				: 'There is no thread in its run.');
		}
		catch (ex) {
			setText(element, 'The application does not answer.');
		}
	}

	function renderAbout(row, service) {
		const parts = [];
		row.countdown = null;
		row.heartbeat = null;
		if (service.degradedReason) {
			parts.push(el('div', 'why', 'not well: ' + service.degradedReason));
		}
		const before = awaited(service);
		if (before.length) {
			parts.push(el('div', '', 'is stopped once these have ended: ' + before.slice(0, 20).join(', ')));
		}
		if (service.waitingFor) {
			parts.push(el('div', '', 'waits for ' + service.waitingFor));
		}
		if (service.lease && service.lease.token) {
			parts.push(el('div', '', 'holds its lease, token ' + service.lease.token));
		}
		if (service.dependencies.length) {
			parts.push(el('div', '', 'needs ' + service.dependencies.slice(0, 20).join(', ')
				+ (service.dependencies.length > 20 ? ' and ' + (service.dependencies.length - 20) + ' more' : '')));
		}
		if (service.heartbeatTimeout) {
			row.heartbeat = el('div', '', '');
			parts.push(row.heartbeat);
		}
		if (service.nextAttempt) {
			row.countdown = el('div', '', '');
			parts.push(row.countdown);
		}
		if (service.cancellationCause && !['RUNNING', 'STARTING'].includes(service.state)) {
			parts.push(el('div', '', (service.state === 'STUCK' ? 'does not end: cancelled because ' : 'cancelled because ')
				+ service.cancellationCause.description));
		}
		if (service.lastFailure) {
			const line = el('div', '', 'last failure: attempt ' + service.lastFailure.attempt + ', ' + clock(service.lastFailure.at));
			line.append(el('span', 'failure', describe(service.lastFailure)));
			parts.push(line);
		}
		if (service.stack) {
			const details = el('details');
			details.append(el('summary', '', 'stack of ' + (service.thread || 'its thread')), el('pre', '', service.stack.join('\n')));
			details.open = true;
			parts.push(details);
		}
		row.about.replaceChildren(...parts);
	}

	let lanesKey = '';

	function renderTransitions() {
		const last = group.transitions[group.transitions.length - 1];
		const key = group.transitions.length + '|' + (last ? last.at + last.service + last.to : '') + group.details;
		if (key !== lanesKey) {
			lanesKey = key;
			$('transitions').replaceChildren(...group.transitions.slice(-200).reverse().map(line));
		}
		renderLanes();
	}

	function line(transition) {
		const item = el('li');
		const time = el('time', '', clock(transition.at));
		time.dateTime = transition.at;
		const name = el('bdi', '', transition.service || group.name);
		const state = el('span');
		showState(state, transition.to);
		item.append(time, name, transition.group && transition.service ? ' (group) ' : ' ', state);
		if (transition.reason) {
			item.append(' ', el('span', 'reason', transition.reason));
		}
		return item;
	}

	function renderLanes() {
		const seconds = Number($('window').value);
		const end = now();
		const first = group.transitions.length ? Date.parse(group.transitions[0].at) : end;
		const start = Math.min(Math.max(first, seconds ? end - seconds * 1000 : 0), end - 1000);
		const byService = new Map();
		for (const transition of group.transitions) {
			if (!transition.group) {
				const list = byService.get(transition.service) || [];
				list.push(transition);
				byService.set(transition.service, list);
			}
		}
		const parts = [];
		const services = flatten(group.services, 0, []).filter(({ service }) => wanted(service) && byService.has(service.path));
		for (const { service } of foremost(services, maxLanes)) {
			const name = service.path;
			const list = byService.get(name);
			const label = el('div', 'lane-name');
			label.append(el('bdi', '', name));
			label.title = name.slice(0, 200);
			const lane = el('div', 'lane');
			lane.setAttribute('role', 'img');
			lane.setAttribute('aria-label', name + ': ' + list.slice(-5).map((transition) => transition.to + ' at ' + clock(transition.at)).join(', '));
			list.forEach((transition, index) => {
				const from = Math.max(start, Date.parse(transition.at));
				const to = index + 1 < list.length ? Date.parse(list[index + 1].at) : end;
				if (to >= start) {
					const piece = el('i', kinds[transition.to]);
					piece.style.left = 100 * (from - start) / (end - start) + '%';
					piece.style.width = 100 * (to - from) / (end - start) + '%';
					piece.title = transition.to + ' ' + clock(transition.at);
					lane.append(piece);
				}
			});
			parts.push(label, lane);
		}
		if (parts.length) {
			const axis = el('div', 'lane-axis');
			axis.append(el('span', '', clock(start)), el('span', '', services.length > maxLanes
				? maxLanes + ' of ' + services.length + ' services' : ''), el('span', '', 'now'));
			parts.push(axis);
		}
		$('lanes').replaceChildren(...parts);
	}

	let failuresKey = '';

	function renderFailures() {
		const key = JSON.stringify(group.failures);
		$('failures-section').hidden = group.failures.length === 0;
		if (key === failuresKey) {
			return;
		}
		failuresKey = key;
		const items = group.failures.map((failure) => {
			const item = el('li');
			item.append(el('bdi', '', failure.service), ' ', el('span', 'quiet', 'attempt ' + failure.attempt + ', ' + clock(failure.at)), ' ',
				el('span', 'reason', describe(failure)));
			return item;
		});
		if (group.failureCount > group.failures.length) {
			items.push(el('li', 'quiet', '\u2026 and ' + (group.failureCount - group.failures.length) + ' more'));
		}
		$('failures').replaceChildren(...items);
	}

	function tick() {
		if (!group) {
			return;
		}
		setText($('group-line'), (group.reason ? group.reason + ', ' : '') + 'for ' + ago(group.since));
		for (const row of rows.values()) {
			setText(row.since, ago(row.service.since));
			const step = row.service.step;
			setText(row.doing, [step ? 'in step ' + step + ' for ' + ago(row.service.stepSince) : '', row.service.status]
				.filter(Boolean).join(': '));
			if (row.countdown) {
				const left = Date.parse(row.service.nextAttempt) - now();
				setText(row.countdown, left > 0 ? 'next attempt in ' + span(left) : 'next attempt is due');
			}
			if (row.heartbeat) {
				const seen = row.service.lastHeartbeat;
				setText(row.heartbeat, 'heartbeat at least every ' + row.service.heartbeatTimeout.slice(2).toLowerCase()
					+ (seen ? ', the latest ' + ago(seen) + ' ago' : ''));
			}
		}
		setText($('updated'), failing ? '' : 'As of ' + clock(group.now) + '.');
	}

	for (const id of ['filter', 'trouble', 'window']) {
		$(id).addEventListener('input', () => group && render());
	}
	document.addEventListener('visibilitychange', () => document.hidden || busy || load());
	setInterval(tick, 1000);
	load();
})();
