/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/engine/xport.h"

#include <errno.h>
#include <stdlib.h>

/* Sequence numbers compare modulo 65536 (5.8): positive if @a is after @b. */
static int16_t seq_diff(uint16_t a, uint16_t b)
{
	return (int16_t)(uint16_t)(a - b);
}

static void queue_init(struct xport_queue *q)
{
	q->head = NULL;
	q->tail = &q->head;
	q->count = 0;
}

static void queue_put(struct xport_queue *q, struct xport_msg *m)
{
	m->next = NULL;
	*q->tail = m;
	q->tail = &m->next;
	q->count++;
}

static struct xport_msg *queue_take(struct xport_queue *q)
{
	struct xport_msg *m = q->head;

	if (!m)
		return NULL;
	q->head = m->next;
	if (!q->head)
		q->tail = &q->head;
	q->count--;
	return m;
}

static void queue_clear(struct xport_queue *q)
{
	struct xport_msg *m;

	while ((m = queue_take(q)))
		free(m);
}

static void drop_ticket(struct xport_msg *m)
{
	if (m->ticket)
		*m->ticket = NULL;
	m->ticket = NULL;
}

static void unsent_remove(struct xport *x, struct xport_msg *m)
{
	drop_ticket(m);
	list_del(&m->waiting);
	x->unsent--;
}

static void unsent_drop(struct xport *x, struct xport_msg *m)
{
	unsent_remove(x, m);
	free(m);
}

static struct xport_msg *first_of(struct list *l)
{
	return list_empty(l) ? NULL : container_of(l->next, struct xport_msg, waiting);
}

static struct xport_msg *unsent_take(struct xport *x)
{
	struct xport_msg *m = first_of(&x->urgent);

	if (!m)
		m = first_of(&x->requests);
	if (m)
		unsent_remove(x, m);
	return m;
}

static void send_message(struct xport *x, struct xport_msg *m)
{
	header_patch_nr(m->datagram, m->len, x->nr);
	x->ack_owed = false;
	timer_stop(x->timers, &x->ack);
	x->stats.tx_messages++;
	x->ops->send(x, m->datagram, m->len);
}

void xport_ack_now(struct xport *x)
{
	uint8_t zlb[HEADER_CONTROL_BYTES];
	struct wbuf w = wbuf_of(zlb, sizeof(zlb));

	header_write(&w, x->peer_tunnel_id, 0, x->ns, x->nr);
	header_finish(&w);
	x->ack_owed = false;
	timer_stop(x->timers, &x->ack);
	x->stats.tx_zlb++;
	x->ops->send(x, zlb, w.len);
}

/* Capped even at the first, should an administrator ask for more than the cap. */
static uint32_t retry_delay(const struct xport *x, unsigned retries)
{
	uint64_t delay = (uint64_t)x->retry_ms << (retries < 16 ? retries : 16);

	return delay < XPORT_RETRY_CAP_MS ? (uint32_t)delay : XPORT_RETRY_CAP_MS;
}

uint32_t xport_cycle_ms(const struct xport *x)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i <= x->max_retries; i++)
		sum += retry_delay(x, i);
	return sum;
}

static uint32_t window(const struct xport *x)
{
	return x->cwnd < x->peer_window ? x->cwnd : x->peer_window;
}

/* The next that may go out: what was lost before what is new. */
static struct xport_msg *next_to_send(struct xport *x)
{
	struct xport_msg *m = x->resend;

	if (m) {
		x->resend = m->next;
		x->stats.tx_retransmits++;
		return m;
	}
	m = unsent_take(x);
	if (m) {
		m->ns = x->ns++;
		header_patch_send(m->datagram, m->len, x->peer_tunnel_id, m->ns);
		queue_put(&x->sent, m);
	}
	return m;
}

/* Sends what the window allows. */
static void pump(struct xport *x)
{
	struct xport_msg *m;

	while (x->in_flight < window(x) && (m = next_to_send(x))) {
		x->in_flight++;
		send_message(x, m);
		if (!timer_running(&x->retry) && !x->solicited)
			timer_start(x->timers, &x->retry, retry_delay(x, 0));
	}
}

/*
 * Each channel has a phase of its own, so that tunnels that came up together do not
 * sing in chorus: HELLO goes at the first beat, two of which fill the time, that is
 * half of it away at least. A tunnel that is idle keeps to the whole time exactly.
 */
static uint32_t hello_delay(const struct xport *x)
{
	uint32_t beat = x->hello_ms / 2;
	uint64_t at = x->timers->now_ms + beat;

	if (x->chance == 0 || beat == 0)
		return x->hello_ms;
	return beat + (uint32_t)((beat - (at + x->chance % beat) % beat) % beat);
}

static void restart_hello(struct xport *x)
{
	if (x->hello_ms)
		timer_start(x->timers, &x->hello, hello_delay(x));
	else
		timer_stop(x->timers, &x->hello);
}

static void on_hello(struct timer *t)
{
	struct xport *x = container_of(t, struct xport, hello);

	restart_hello(x);
	/* What is on its way already asks whether the peer lives. */
	if (xport_is_drained(x))
		x->ops->silent(x);
}

static void deliver_held(struct xport *x);

static void on_ack(struct timer *t)
{
	struct xport *x = container_of(t, struct xport, ack);

	deliver_held(x); /* after a pause */
	if (x->ack_owed)
		xport_ack_now(x);
}

/*
 * Appendix A: on a timeout, half of the window is the new threshold, and all
 * that is unacknowledged counts as lost. The first goes out now, the rest as
 * acknowledgements open the window, unless they show that it had arrived.
 */
static void on_retry(struct timer *t)
{
	struct xport *x = container_of(t, struct xport, retry);

	if (!x->sent.head)
		return;
	if (x->retries >= x->max_retries) {
		x->dead = true;
		x->ops->dead(x);
		return;
	}
	x->retries++;
	x->ssthresh = x->cwnd / 2 > 1 ? x->cwnd / 2 : 1;
	x->cwnd = 1;
	x->cwnd_acked = 0;
	x->resend = x->sent.head;
	x->in_flight = 0;
	timer_start(x->timers, &x->retry, retry_delay(x, x->retries));
	pump(x);
}

void xport_init(struct xport *x, const struct xport_ops *ops, struct timers *timers,
		const struct xport_conf *conf)
{
	*x = (struct xport){ .ops = ops, .timers = timers };
	x->our_window = conf->our_window;
	x->retry_ms = conf->retry_ms;
	x->max_retries = conf->max_retries;
	x->chance = conf->chance;
	x->cwnd = 1;
	xport_set_peer_window(x, conf->peer_window);
	queue_init(&x->sent);
	list_init(&x->urgent);
	list_init(&x->requests);
	queue_init(&x->held);
	timer_init(&x->retry, on_retry);
	timer_init(&x->ack, on_ack);
	timer_init(&x->hello, on_hello);
	xport_set_hello(x, conf->hello_ms);
}

void xport_free(struct xport *x)
{
	timer_stop(x->timers, &x->retry);
	timer_stop(x->timers, &x->ack);
	timer_stop(x->timers, &x->hello);
	queue_clear(&x->sent);
	xport_drop_unsent(x);
	queue_clear(&x->held);
	x->resend = NULL;
	x->in_flight = 0;
}

/* Half of the number space is the most that can be told apart. */
void xport_set_peer_window(struct xport *x, uint16_t window)
{
	x->peer_window = window == 0 ? 1 : window > INT16_MAX ? INT16_MAX : window;
	x->ssthresh = x->peer_window;
}

void xport_set_hello(struct xport *x, uint32_t hello_ms)
{
	x->hello_ms = hello_ms;
	restart_hello(x);
}

void xport_hello_within(struct xport *x, uint64_t ms)
{
	timer_hurry(x->timers, &x->hello, ms);
}

static int queue_message(struct xport *x, struct list *queue, uint16_t session_id, const void *body,
			 size_t len, struct xport_msg **ticket)
{
	struct xport_msg *m;
	struct wbuf w;

	if (len > UINT16_MAX - HEADER_CONTROL_BYTES)
		return -EMSGSIZE;
	m = malloc(sizeof(*m) + HEADER_CONTROL_BYTES + len);
	if (!m)
		return -ENOMEM;
	w = wbuf_of(m->datagram, HEADER_CONTROL_BYTES + len);
	header_write(&w, x->peer_tunnel_id, session_id, 0, 0);
	wbuf_bytes(&w, body, len);
	header_finish(&w);
	m->len = (uint16_t)w.len;
	m->ticket = ticket;
	if (ticket)
		*ticket = m;
	list_add_tail(queue, &m->waiting);
	x->unsent++;
	pump(x);
	return 0;
}

int xport_send(struct xport *x, uint16_t session_id, const void *body, size_t len)
{
	return queue_message(x, &x->urgent, session_id, body, len, NULL);
}

int xport_request(struct xport *x, uint16_t session_id, const void *body, size_t len,
		  struct xport_msg **ticket)
{
	return queue_message(x, &x->requests, session_id, body, len, ticket);
}

bool xport_cancel(struct xport *x, struct xport_msg **ticket)
{
	if (!*ticket)
		return false;
	unsent_drop(x, *ticket);
	return true;
}

void xport_drop_unsent(struct xport *x)
{
	struct xport_msg *m;

	while ((m = first_of(&x->urgent)) || (m = first_of(&x->requests)))
		unsent_drop(x, m);
}

/* Appendix A: below the threshold one more for each ack, above it one more for each window. */
static void grow_window(struct xport *x)
{
	if (x->cwnd >= x->peer_window)
		return;
	if (x->cwnd < x->ssthresh) {
		x->cwnd++;
	} else if (++x->cwnd_acked >= x->cwnd) {
		x->cwnd_acked = 0;
		x->cwnd++;
	}
}

/* Forgets what @nr acknowledges; whether it was anything. */
static bool take_acks(struct xport *x, uint16_t nr)
{
	bool any = false;

	while (x->sent.head && seq_diff(nr, x->sent.head->ns) > 0) {
		struct xport_msg *m = queue_take(&x->sent);

		if (x->resend == m)
			x->resend = m->next;
		else
			x->in_flight -= x->in_flight > 0;
		free(m);
		grow_window(x);
		any = true;
	}
	if (any) {
		x->retries = 0;
		if (x->sent.head && !x->solicited)
			timer_start(x->timers, &x->retry, retry_delay(x, 0));
		else
			timer_stop(x->timers, &x->retry);
	}
	return any;
}

bool xport_plausible(const struct xport *x, uint16_t nr)
{
	int16_t behind = seq_diff(x->ns, nr);

	return behind >= 0 && (uint32_t)behind <= x->sent.count + x->peer_window + XPORT_NR_SLACK;
}

static void owe_ack(struct xport *x)
{
	x->ack_owed = true;
	if (!timer_running(&x->ack) && !x->solicited)
		timer_start(x->timers, &x->ack, XPORT_ACK_DELAY_MS);
}

static void deliver(struct xport *x, const struct header *h)
{
	x->nr++;
	owe_ack(x);
	x->ops->deliver(x, h);
}

/* Keeps a copy of a message that came before its turn. */
static enum xport_input hold(struct xport *x, const struct header *h)
{
	struct xport_msg **at = &x->held.head, *m;

	while (*at && seq_diff((*at)->ns, h->ns) < 0)
		at = &(*at)->next;
	if (*at && (*at)->ns == h->ns)
		return XPORT_OLD;
	if (x->held.count >= XPORT_HOLD_MAX)
		return XPORT_DISCARDED;
	m = malloc(sizeof(*m) + 2 + h->body.len);
	if (!m)
		return XPORT_DISCARDED;
	m->ns = h->ns;
	m->len = (uint16_t)(2 + h->body.len);
	m->datagram[0] = (uint8_t)(h->session_id >> 8);
	m->datagram[1] = (uint8_t)h->session_id;
	memcpy(m->datagram + 2, h->body.p, h->body.len);
	m->next = *at;
	*at = m;
	if (!m->next)
		x->held.tail = &m->next;
	x->held.count++;
	x->stats.rx_early++;
	return XPORT_EARLY;
}

/* Delivers what was held and has become next. Whatever it brings about, @x outlives the call. */
static void deliver_held(struct xport *x)
{
	while (!x->paused && x->held.head && seq_diff(x->held.head->ns, x->nr) <= 0) {
		struct xport_msg *m = queue_take(&x->held);
		struct header h = { .version = 2, .ns = m->ns };

		h.session_id = (uint16_t)(m->datagram[0] << 8 | m->datagram[1]);
		h.body = (struct bytes){ m->datagram + 2, m->len - (size_t)2 };
		if (m->ns == x->nr) /* not sent again in the meantime */
			deliver(x, &h);
		free(m);
	}
}

void xport_pause(struct xport *x)
{
	x->paused = true;
}

void xport_resume(struct xport *x)
{
	if (x->paused && x->held.head)
		timer_start(x->timers, &x->ack, 0);
	x->paused = false;
}

void xport_set_solicited(struct xport *x, bool solicited)
{
	x->solicited = solicited;
	if (!solicited && x->sent.head && !timer_running(&x->retry))
		timer_start(x->timers, &x->retry, retry_delay(x, 0));
	if (!solicited && x->ack_owed)
		owe_ack(x);
}

/* What came before comes again: our acknowledgement was lost (5.8). */
static void repeat_answer(struct xport *x)
{
	if (!x->solicited) {
		xport_ack_now(x);
		return;
	}
	for (struct xport_msg *m = x->sent.head; m; m = m->next) {
		x->stats.tx_retransmits++;
		send_message(x, m);
	}
}

static enum xport_input sequence(struct xport *x, const struct header *h)
{
	int16_t ahead = seq_diff(h->ns, x->nr);
	uint16_t room = x->our_window < INT16_MAX ? x->our_window : INT16_MAX;

	if (ahead < 0) {
		x->stats.rx_duplicates++;
		repeat_answer(x);
		return XPORT_OLD;
	}
	if (ahead >= room) {
		x->stats.rx_discarded++;
		return XPORT_DISCARDED;
	}
	if (ahead > 0 || x->paused)
		return hold(x, h);
	x->stats.rx_messages++;
	deliver(x, h);
	deliver_held(x);
	return XPORT_NEXT;
}

enum xport_input xport_input(struct xport *x, const struct header *h)
{
	bool repeated = h->body.len > 0 && seq_diff(h->ns, x->nr) < 0;
	enum xport_input what;
	bool acked;

	if (!xport_plausible(x, h->nr) && !(repeated && seq_diff(h->nr, x->ns) <= 0)) {
		x->stats.rx_discarded++;
		return XPORT_DISCARDED;
	}
	acked = take_acks(x, h->nr);
	restart_hello(x);
	if (h->body.len == 0) {
		x->stats.rx_zlb++;
		what = acked ? XPORT_NEXT : XPORT_OLD;
	} else {
		what = sequence(x, h);
	}
	pump(x);
	if (acked && xport_is_drained(x))
		x->ops->drained(x);
	return what;
}
