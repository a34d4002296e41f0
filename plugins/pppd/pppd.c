/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pppd.c - PPP by pppd(8): one process a session.
 *
 * What lives in this folder: pppd.c is a plugin of l2tpd, a PPP provider;
 * options.c writes pppd's options; report.c is a plugin of pppd that tells us
 * when the link is up; compat.h hides which pppd it is.
 *
 * pppd is started by the launcher and inherits three descriptors: the PPPoX
 * socket of its kernel session, its options (an anonymous file in memory: name
 * and password are on no command line and in no file that has a name), and a
 * socket on which it reports and logs. Its end is known by its exit status. A
 * pppd that does not end when told is killed after STOP_GRACE_MS.
 */
#include "plugins/pppd/options.h"

#include "lib/keymap.h"
#include "lib/list.h"

#include <l2tpd/plugin.h>

#include <errno.h>
#include <inttypes.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* pppd waits 3 s for the answer to its LCP Terminate-Request. */
enum { STOP_GRACE_MS = 3400, LINE_BYTES = 1024, REASON_BYTES = 160, LINES_A_WAKE = 32 };

struct provider {
	const struct l2tpd_host *host;
	struct keymap links; /* by handle */
	struct list all;
	char pppd[256];
};

struct link {
	struct keymap_node by_handle;
	struct list all;
	struct provider *provider;
	struct handle handle;
	int child, report;
	struct host_watch *watch;
	struct host_timer *grace;
	bool stopped, trace;
	char interface[IFNAMSIZ]; /* while it is up */
	int agreed_mtu;		  /* what pppd set there */
	char *last_words;	  /* pppd's last line since it came up, for the reason; or NULL */
};

/* --- what pppd tells -------------------------------------------------------------- */

static void take_address(struct addr *a, const char *text)
{
	if (addr_parse(a, text) < 0)
		*a = (struct addr){ 0 };
}

/* A name that the peer chose goes into logs: what does not print is not shown. */
static void take_name(char *to, size_t len, const char *from)
{
	snprintf(to, len, "%.*s", (int)len - 1, from);
	for (; *to; to++)
		if ((unsigned char)*to < 0x20 || *to == 0x7f)
			*to = '?';
}

/* Reads the interface's MTU, or sets it if @set is not 0; -errno. */
static int interface_mtu(const char *name, int set)
{
	struct ifreq r = { .ifr_mtu = set };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	err = fd < 0 || ioctl(fd, set ? SIOCSIFMTU : SIOCGIFMTU, &r) < 0 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	return err ? err : r.ifr_mtu;
}

static void link_up(struct link *l, const char *line)
{
	struct ppp_event ev = { .handle = l->handle, .kind = PPP_UP };
	char local[ADDR_TEXT], remote[ADDR_TEXT];
	int user = 0;

	if (sscanf(line, "up %15s %45s %45s %n", ev.interface, local, remote, &user) < 3)
		return;
	free(l->last_words);
	l->last_words = NULL;
	snprintf(l->interface, sizeof(l->interface), "%s", ev.interface);
	l->agreed_mtu = interface_mtu(l->interface, 0);
	take_address(&ev.local, local);
	take_address(&ev.remote, remote);
	take_name(ev.user, sizeof(ev.user), user ? line + user : "");
	l->provider->host->ppp_event(l->provider->host->ctx, &ev);
}

/* "link SEND RECEIVE": what whoever frames the link has to know. */
static void link_told(struct link *l, const char *line)
{
	struct ppp_link link = { 0 };
	struct ppp_event ev = { .handle = l->handle, .kind = PPP_LINK, .link = &link };

	if (sscanf(line, "link %" SCNx32 " %" SCNx32, &link.send_accm, &link.receive_accm) == 2)
		l->provider->host->ppp_event(l->provider->host->ctx, &ev);
}

/* "ask USER": the peer is known, and which address is it to get? */
static void address_asked(struct link *l, const char *line)
{
	struct ppp_event ev = { .handle = l->handle, .kind = PPP_ASK };

	take_name(ev.user, sizeof(ev.user), line + strlen("ask "));
	l->provider->host->ppp_event(l->provider->host->ctx, &ev);
}

/* What pppd says however it goes; none of it is a reason for an end. */
static bool is_small_talk(const char *line)
{
	static const char *const beginnings[] = { "Overriding m",
						  "PPPoL2TP options",
						  "sent [",
						  "rcvd [",
						  "using channel",
						  "Using interface",
						  "Connect:",
						  "Exit.",
						  "Connection terminated",
						  "Script ",
						  "Modem hangup",
						  "RADATTR plugin",
						  "Connect time ",
						  "Sent " };

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (strncmp(line, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

/* What the other plugin says is for the operator: which networks are routed, and which not, and
 * why. */
#define SPLITROUTE "splitroute: "

/* What it said last before it ended, small talk aside, is the reason. */
static void log_words(struct link *l, char *line)
{
	line[strcspn(line, "\r\n")] = '\0';
	if (!*line)
		return;
	if (l->trace)
		log_debug(l->provider->host->log, "pppd of session %u/%u: %s", l->handle.tunnel_id,
			  l->handle.session_id, line);
	if (strncmp(line, SPLITROUTE, strlen(SPLITROUTE)) == 0) {
		log_info(l->provider->host->log, "session %u/%u: %s", l->handle.tunnel_id,
			 l->handle.session_id, line);
		return;
	}
	if (is_small_talk(line))
		return;
	free(l->last_words);
	l->last_words = strndup(line, REASON_BYTES);
}

static void on_report(void *arg)
{
	struct link *l = arg;
	char line[LINE_BYTES];

	for (int i = 0; i < LINES_A_WAKE; i++) {
		ssize_t n = recv(l->report, line, sizeof(line) - 1, MSG_DONTWAIT);

		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
			/* closed: the exit status follows */
			l->provider->host->unwatch(l->watch);
			l->watch = NULL;
		}
		if (n <= 0)
			return;
		line[n] = '\0';
		if (strncmp(line, "\1link ", 6) == 0)
			link_told(l, line + 1);
		else if (strncmp(line, "\1ask ", 5) == 0)
			address_asked(l, line + 1);
		else if (line[0] == '\1')
			link_up(l, line + 1);
		else
			log_words(l, line);
	}
}

/* --- the end ------------------------------------------------------------------------- */

/* pppd(8), EXIT STATUS. */
static enum ppp_reason reason_of(const struct link *l, int status)
{
	if (l->stopped)
		return PPP_REASON_STOPPED;
	if (!WIFEXITED(status))
		return PPP_REASON_LOCAL;
	switch (WEXITSTATUS(status)) {
	case 0:	 /* ended normally */
	case 5:	 /* by a signal from elsewhere */
	case 15: /* no answer to echo requests */
	case 16: /* the line was lost */
		return PPP_REASON_PEER;
	case 12: /* idle */
	case 13: /* connect time */
		return PPP_REASON_IDLE;
	case 11:
		return PPP_REASON_AUTH;
	case 19:
		return PPP_REASON_AUTH_US;
	case 10: /* no network protocol is running */
	case 17: /* looped back */
		return PPP_REASON_NEGOTIATE;
	default:
		return PPP_REASON_LOCAL;
	}
}

/* PPP's number of the protocol that pppd's words are about; 0: they name none. */
static uint16_t protocol_of(const char *words)
{
	static const struct {
		const char *name;
		uint16_t number;
	} protocols[] = { { "CHAP", 0xc223 }, { "PAP", 0xc023 }, { "EAP", 0xc227 } };

	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (strstr(words, protocols[i].name))
			return protocols[i].number;
	return 0;
}

static const char *reason_words(enum ppp_reason reason)
{
	switch (reason) {
	case PPP_REASON_STOPPED:
		return "stopped";
	case PPP_REASON_PEER:
		return "the peer ended it or the line was lost";
	case PPP_REASON_IDLE:
		return "a time limit was reached";
	case PPP_REASON_AUTH:
		return "the peer could not authenticate itself";
	case PPP_REASON_AUTH_US:
		return "the peer did not accept our name and password";
	case PPP_REASON_NEGOTIATE:
		return "no agreement was reached";
	case PPP_REASON_LOCAL:
		return "pppd failed";
	}
	return "";
}

static void link_free(struct link *l)
{
	const struct l2tpd_host *host = l->provider->host;

	keymap_del(&l->provider->links, &l->by_handle);
	list_del(&l->all);
	if (l->watch)
		host->unwatch(l->watch);
	if (l->grace)
		host->timer_cancel(l->grace);
	if (l->report >= 0)
		close(l->report);
	free(l->last_words);
	free(l);
}

static void on_exited(void *arg, int status, int error)
{
	struct link *l = arg;
	const struct l2tpd_host *host = l->provider->host;
	struct ppp_event ev = { .handle = l->handle,
				.kind = PPP_DOWN,
				.reason = reason_of(l, status) };

	if (l->watch)
		on_report(l); /* its last words may still be waiting */
	if (ev.reason == PPP_REASON_AUTH || ev.reason == PPP_REASON_AUTH_US)
		ev.protocol = protocol_of(l->last_words ? l->last_words : "");
	if (error) {
		ev.reason = PPP_REASON_LOCAL;
		snprintf(ev.why, sizeof(ev.why), "%.90s could not be started: %s",
			 l->provider->pppd, strerror(error));
	} else if (WIFSIGNALED(status) && !l->stopped) {
		snprintf(ev.why, sizeof(ev.why), "pppd was killed by signal %d", WTERMSIG(status));
	} else {
		bool says = l->last_words && !l->stopped;

		snprintf(ev.why, sizeof(ev.why), "%s%s%.90s%s", reason_words(ev.reason),
			 says ? " (" : "", says ? l->last_words : "", says ? ")" : "");
	}
	link_free(l);
	host->ppp_event(host->ctx, &ev);
}

static void on_grace_over(void *arg)
{
	struct link *l = arg;
	const struct l2tpd_host *host = l->provider->host;

	l->grace = NULL;
	log_warning(host->log, "session %u/%u: pppd did not end within %d ms: killing it",
		    l->handle.tunnel_id, l->handle.session_id, STOP_GRACE_MS);
	host->kill(host->ctx, l->child, SIGKILL);
}

static struct link *link_of(const struct provider *p, struct handle handle)
{
	struct keymap_node *n = keymap_get(&p->links, &handle, sizeof(handle));

	return n ? container_of(n, struct link, by_handle) : NULL;
}

static void stop(void *self, struct handle handle)
{
	struct provider *p = self;
	struct link *l = link_of(p, handle);

	if (!l || l->stopped)
		return;
	l->stopped = true;
	p->host->kill(p->host->ctx, l->child, SIGTERM);
	l->grace = p->host->timer(p->host->ctx, STOP_GRACE_MS, on_grace_over, l);
}

/* pppd waits for the answer, "-" for any address; if it is gone, its end is told anyway. */
static void give_address(void *self, struct handle handle, const struct addr *remote)
{
	const struct link *l = link_of(self, handle);
	char line[ADDR_TEXT];

	addr_text(remote, line);
	if (l)
		(void)send(l->report, *line ? line : "-", strlen(*line ? line : "-"),
			   MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* What the ends agreed upon stays the upper bound. */
static void set_mtu_limit(void *self, struct handle handle, uint16_t limit)
{
	struct provider *p = self;
	struct link *l = link_of(p, handle);
	int err;

	if (!l || l->agreed_mtu <= 0)
		return;
	err = interface_mtu(l->interface, limit < l->agreed_mtu ? limit : l->agreed_mtu);
	if (err < 0)
		log_warning(p->host->log, "session %u/%u: the MTU of %s could not be changed: %s",
			    handle.tunnel_id, handle.session_id, l->interface, strerror(-err));
}

/* --- the start ------------------------------------------------------------------------ */

/* A file without a name that holds @text, read only by who inherits it. */
static int file_of(const struct text *text)
{
	int fd = memfd_create("pppd-options", MFD_CLOEXEC);
	size_t done = 0;

	while (fd >= 0 && done < text->len) {
		ssize_t n = write(fd, text->s + done, text->len - done);

		if (n < 0) {
			close(fd);
			return -errno;
		}
		done += (size_t)n;
	}
	return fd < 0 ? -errno : fd;
}

static int options_file(const struct provider *p, const struct ppp_start *start)
{
	struct text text = TEXT_INIT;
	int fd;

	pppd_options(start, p->host->plugin_dir, &text);
	fd = text.failed ? -ENOMEM : file_of(&text);
	if (text.s)
		explicit_bzero(text.s, text.cap); /* a password was in it */
	text_free(&text);
	return fd;
}

static int spawn(struct link *l, const struct ppp_start *start, int report)
{
	const struct l2tpd_host *host = l->provider->host;
	const char *argv[] = { l->provider->pppd, "file", "/proc/self/fd/4", NULL };
	const char *env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	int options = options_file(l->provider, start);
	int fds[] = { start->channel, options, report };
	struct host_spawn request = { argv, env, fds, 3 };
	int child;

	if (options < 0)
		return options;
	child = host->spawn(host->ctx, &request, on_exited, l);
	close(options);
	return child;
}

static int start_link(struct link *l, const struct ppp_start *start, char **why)
{
	const struct l2tpd_host *host = l->provider->host;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return why_set(why, errno, "no socket for pppd's reports: %s", strerror(errno));
	l->report = ends[0];
	l->watch = host->watch(host->ctx, l->report, HOST_READ, on_report, l);
	l->child = l->watch ? spawn(l, start, ends[1]) : -ENOMEM;
	close(ends[1]);
	return l->child > 0 ? 0 : why_set(why, -l->child, "pppd: %s", strerror(-l->child));
}

static int start(void *self, const struct ppp_start *start, char **why)
{
	struct provider *p = self;
	struct link *l = calloc(1, sizeof(*l));
	int err;

	if (!l) {
		close(start->channel);
		return why_set(why, ENOMEM, "out of memory");
	}
	l->provider = p;
	l->handle = start->handle;
	l->report = -1;
	l->trace = start->conf->trace_flags & TRACE_PPP;
	list_add_tail(&p->all, &l->all);
	err = keymap_add(&p->links, &l->by_handle, &l->handle, sizeof(l->handle));
	if (!err)
		err = start_link(l, start, why);
	close(start->channel);
	if (err)
		link_free(l);
	return err;
}

/* --- the plugin --------------------------------------------------------------------------- */

static void *init(const struct l2tpd_host *host, char **why)
{
	struct provider *p = calloc(1, sizeof(*p));
	const char *pppd = getenv("L2TPD_PPPD");

	if (!p) {
		why_set(why, ENOMEM, "out of memory");
		return NULL;
	}
	p->host = host;
	list_init(&p->all);
	keymap_init(&p->links, 4);
	snprintf(p->pppd, sizeof(p->pppd), "%s", pppd ? pppd : PPPD_PATH);
	if (access(p->pppd, X_OK) < 0)
		log_warning(host->log, "%s: %s: sessions with PPP will fail (apt install ppp)",
			    p->pppd, strerror(errno));
	return p;
}

static void plugin_exit(void *self)
{
	struct provider *p = self;

	while (!list_empty(&p->all))
		link_free(container_of(p->all.next, struct link, all));
	keymap_free(&p->links);
	free(p);
}

static const struct ppp_provider provider = { .name = "pppd",
					      .start = start,
					      .stop = stop,
					      .set_mtu_limit = set_mtu_limit,
					      .give_address = give_address };

extern const struct l2tpd_plugin l2tpd_plugin __attribute__((visibility("default")));

const struct l2tpd_plugin l2tpd_plugin = {
	.abi = L2TPD_PLUGIN_ABI,
	.name = "pppd",
	.init = init,
	.exit = plugin_exit,
	.ppp = &provider,
};
