/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/daemon.h"

#include "kernel-glue/kernel.h"
#include "kernel-glue/uplink.h"
#include "l2tpd/engine/datapath_none.h"
#include "l2tpd/hooks.h"
#include "l2tpd/links.h"
#include "l2tpd/launcher.h"
#include "l2tpd/logsink.h"
#include "l2tpd/loop.h"
#include "l2tpd/mgmt/mgmt.h"
#include "l2tpd/mgmt_net.h"
#include "l2tpd/mgmt_unix.h"
#include "l2tpd/plugins.h"
#include "l2tpd/udp.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Fewer tunnels and sessions than this are not worth the system's trouble. */
enum { TRIM_FROM = 1000 };

struct daemon {
	struct daemon_options options;
	struct log log;
	char host_name[256], plugin_dir[PATH_MAX], conf_path[PATH_MAX];
	struct loop *loop;
	struct udp *udp;
	struct launcher *launcher;
	struct mgmt mgmt;
	struct mgmt_clients *clients;
	struct mgmt_unix *socket;
	struct mgmt_net *net;
	struct hooks *hooks;
	struct links *links; /* with the kernel as datapath alone */
	struct uplink *uplink;
	uint64_t command_us; /* when the outermost command that runs began */
	unsigned commands;   /* that run: a reload is made of others */
	struct plugins *plugins;
	struct l2tpd_host host; /* what plugins and the kernel's datapath see of us */
	struct kernel *kernel;
	struct datapath_none none;
	struct engine *engine;
	struct loop_timer *tick, *stop_timer;
	uint32_t peak; /* tunnels and sessions, since memory was last given back */
	uint64_t start_ms;
	bool stopping;
	int status;
};

/* --- the clock ---------------------------------------------------------------------- */

/* When most sessions of a busy time are gone, their memory goes back to the system. */
static void give_memory_back(struct daemon *d)
{
	uint32_t now = engine_population(d->engine);

	if (now > d->peak)
		d->peak = now;
	if (d->peak < TRIM_FROM || now > d->peak / 8)
		return;
	d->peak = now;
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

/* After whatever came in: the engine may have a new next moment, or be done. */
static void rearm(struct daemon *d)
{
	uint64_t in;

	mgmt_settle(&d->mgmt);
	in = engine_next_ms(d->engine);
	give_memory_back(d);
	if (d->stopping && engine_is_empty(d->engine) && (!d->links || links_are_settled(d->links)))
		loop_quit(d->loop);
	if (in == UINT64_MAX)
		loop_timer_stop(d->tick);
	else
		loop_timer_start(d->tick, in < 3600000 ? in : 3600000);
}

static void advance(struct daemon *d)
{
	engine_advance(d->engine, loop_now_ms());
}

static uint64_t now_us(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* Commands find the engine at this moment, and may have given it something to do. */
static void before_command(void *ctx)
{
	struct daemon *d = ctx;

	if (d->commands++ == 0)
		d->command_us = now_us(CLOCK_MONOTONIC);
	advance(d);
}

static void after_command(void *ctx)
{
	struct daemon *d = ctx;
	uint64_t took = now_us(CLOCK_MONOTONIC) - d->command_us;

	if (--d->commands == 0 && d->loop && took > d->mgmt.slowest_us)
		d->mgmt.slowest_us = took;
	if (d->tick)
		rearm(d);
}

static void on_tick(void *arg)
{
	struct daemon *d = arg;

	advance(d);
	rearm(d);
}

/* --- what comes in -------------------------------------------------------------------- */

static void on_datagram(void *arg, int socket, const struct endpoint *local,
			const struct endpoint *peer, const void *datagram, size_t len)
{
	struct daemon *d = arg;

	advance(d);
	engine_input(d->engine, socket, local, peer, datagram, len);
	rearm(d);
}

static void on_kernel(void *arg, const struct dp_result *result)
{
	struct daemon *d = arg;

	advance(d);
	engine_datapath_result(d->engine, result);
	rearm(d);
}

static void on_ppp(void *ctx, const struct ppp_event *event)
{
	struct daemon *d = ctx;

	advance(d);
	engine_ppp_event(d->engine, event);
	rearm(d);
}

static void on_network(void *arg)
{
	struct daemon *d = arg;

	advance(d);
	engine_network_changed(d->engine);
	rearm(d);
}

/* --- the engine's host ------------------------------------------------------------------- */

static void host_random(void *ctx, void *buf, size_t len)
{
	uint8_t *p = buf;

	(void)ctx;
	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);

		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
}

struct lookup {
	struct daemon *d;
	struct handle handle;
};

static void on_resolved(void *arg, const struct addr *addr, const char *why)
{
	struct lookup *k = arg;
	struct daemon *d = k->d;

	engine_resolved(d->engine, k->handle, addr, why);
	free(k);
	rearm(d);
}

static void host_resolve(void *ctx, struct handle handle, const char *name, int family)
{
	struct daemon *d = ctx;
	struct lookup *k = malloc(sizeof(*k));

	if (!k) {
		engine_resolved(d->engine, handle, NULL, "out of memory");
		return;
	}
	*k = (struct lookup){ d, handle };
	loop_resolve(d->loop, name, family, on_resolved, k);
}

static void host_event(void *ctx, const struct engine_event *event)
{
	struct daemon *d = ctx;

	if (d->plugins)
		plugins_event(d->plugins, event);
	mgmt_event(&d->mgmt, event);
	if (d->links)
		links_event(d->links, event);
	if (d->hooks)
		hooks_event(d->hooks, d->engine, event);
}

static void host_link_changed(void *ctx, struct handle handle)
{
	struct daemon *d = ctx;

	if (d->links)
		links_changed(d->links, handle);
}

static void host_capture(void *ctx, const struct engine_capture *message)
{
	struct daemon *d = ctx;

	mgmt_capture(&d->mgmt, message);
}

static uint64_t utc_us(void *ctx)
{
	(void)ctx;
	return now_us(CLOCK_REALTIME);
}

static uint64_t uptime_s(void *ctx)
{
	struct daemon *d = ctx;

	return (loop_now_ms() - d->start_ms) / 1000;
}

/* --- the plugins' host ---------------------------------------------------------------------- */

static struct host_watch *plugin_watch(void *ctx, int fd, unsigned events, void (*ready)(void *),
				       void *arg)
{
	struct daemon *d = ctx;
	unsigned what =
		(events & HOST_READ ? LOOP_READ : 0) | (events & HOST_WRITE ? LOOP_WRITE : 0);

	return (struct host_watch *)loop_watch(d->loop, fd, what, ready, arg);
}

static void plugin_unwatch(struct host_watch *watch)
{
	loop_unwatch((struct loop_watch *)watch);
}

struct host_timer {
	struct loop_timer *timer;
	void (*expired)(void *arg);
	void *arg;
};

static void plugin_timer_cancel(struct host_timer *t)
{
	loop_timer_free(t->timer);
	free(t);
}

static void plugin_timer_expired(void *arg)
{
	struct host_timer t = *(struct host_timer *)arg;

	plugin_timer_cancel(arg);
	t.expired(t.arg);
}

static struct host_timer *plugin_timer(void *ctx, uint64_t ms, void (*expired)(void *), void *arg)
{
	struct daemon *d = ctx;
	struct host_timer *t = malloc(sizeof(*t));

	if (!t)
		return NULL;
	*t = (struct host_timer){ loop_timer_new(d->loop, plugin_timer_expired, t), expired, arg };
	if (!t->timer) {
		free(t);
		return NULL;
	}
	loop_timer_start(t->timer, ms);
	return t;
}

static int plugin_spawn(void *ctx, const struct host_spawn *spawn,
			void (*exited)(void *arg, int status, int error), void *arg)
{
	return launcher_spawn(((struct daemon *)ctx)->launcher, spawn, exited, arg);
}

static void plugin_kill(void *ctx, int child, int signo)
{
	launcher_kill(((struct daemon *)ctx)->launcher, child, signo);
}

/* Beside the program: in a build tree, or wherever the installation was moved; else where it was
 * meant to be. */
static void find_plugin_dir(struct daemon *d)
{
	static const char *const beside[] = { "/../plugins", "/../" L2TPD_PLUGIN_SUBDIR };
	ssize_t n = readlink("/proc/self/exe", d->plugin_dir, sizeof(d->plugin_dir) - 128);
	char *slash;

	d->plugin_dir[n > 0 ? n : 0] = '\0';
	slash = strrchr(d->plugin_dir, '/');
	for (size_t i = 0; slash && i < sizeof(beside) / sizeof(beside[0]); i++) {
		snprintf(slash, 128, "%s", beside[i]);
		if (access(d->plugin_dir, F_OK) == 0)
			return;
	}
	snprintf(d->plugin_dir, sizeof(d->plugin_dir), "%s", L2TPD_PLUGIN_DIR);
}

static void plugin_host_init(struct daemon *d)
{
	find_plugin_dir(d);
	d->host = (struct l2tpd_host){
		.ctx = d,
		.log = &d->log,
		.plugin_dir = d->plugin_dir,
		.watch = plugin_watch,
		.unwatch = plugin_unwatch,
		.timer = plugin_timer,
		.timer_cancel = plugin_timer_cancel,
		.spawn = plugin_spawn,
		.kill = plugin_kill,
		.ppp_event = on_ppp,
	};
}

/* --- the end -------------------------------------------------------------------------------- */

static void on_stop_timer(void *arg)
{
	struct daemon *d = arg;

	log_warning(&d->log, "not all peers and links ended within %d ms: leaving them",
		    DAEMON_STOP_MS);
	loop_quit(d->loop);
}

/* The first time in order, the second time at once. */
static void on_stop_signal(void *arg)
{
	struct daemon *d = arg;

	if (d->stopping) {
		loop_quit(d->loop);
		return;
	}
	log_info(&d->log, "shutting down");
	d->stopping = true;
	loop_timer_start(d->stop_timer, DAEMON_STOP_MS);
	advance(d);
	engine_stop(d->engine);
	rearm(d);
}

static void on_hangup(void *arg)
{
	struct daemon *d = arg;
	struct text report = TEXT_INIT;
	enum log_level level;
	int err;

	if (!d->mgmt.conf_file) {
		log_warning(&d->log, "SIGHUP: there is no configuration file to read again");
		return;
	}
	advance(d);
	err = mgmt_reload(&d->mgmt, d->mgmt.conf_file, false, &report);
	level = err ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO;
	log_line(&d->log, level, "SIGHUP: %s %s", d->mgmt.conf_file,
		 err ? "has errors: nothing was changed" : "read again");
	log_lines(&d->log, level, "", text_str(&report));
	text_free(&report);
	rearm(d);
}

static void on_launcher_lost(void *arg)
{
	struct daemon *d = arg;

	log_error(
		&d->log,
		"the launcher process died: PPP can neither be started nor stopped; shutting down");
	d->status = 1;
	on_stop_signal(d);
}

/* --- life -------------------------------------------------------------------------------- */

/* Sockets and links cost descriptors; take what the hard limit gives. */
/* More tunnels than ids, more PPP channels than a machine's memory. */
enum { FILES_MAX = 200000 };

/* A descriptor for each tunnel at least; root may have more than its limit says. */
static void raise_limits(void)
{
	struct rlimit files, most = { .rlim_cur = FILES_MAX, .rlim_max = FILES_MAX };

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	if (files.rlim_max < FILES_MAX && setrlimit(RLIMIT_NOFILE, &most) == 0)
		return;
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

static void apply_options(void *ctx, struct engine *e)
{
	struct daemon *d = ctx;
	struct system_conf conf = { 0 };

	if (d->options.udp_port) {
		conf.udp_port = d->options.udp_port;
		conf.set |= UINT64_C(1) << param_find(&system_params, "udp_port");
	}
	if (d->options.trace_given) {
		conf.trace_flags = d->options.trace_flags;
		conf.set |= UINT64_C(1) << param_find(&system_params, "trace_flags");
	}
	(void)system_modify(e, &conf, NULL);
}

static unsigned load(struct daemon *d, struct text *errors)
{
	/* Without a file there is nothing to do but to listen, and that is a use. */
	if (!d->options.conf_file_named && access(d->options.conf_file, F_OK) < 0)
		return 0;
	d->mgmt.conf_file = d->conf_path;
	if (!realpath(d->options.conf_file, d->conf_path)) /* the background is elsewhere */
		snprintf(d->conf_path, sizeof(d->conf_path), "%s", d->options.conf_file);
	return conffile_load(&d->mgmt, d->options.conf_file, errors);
}

struct daemon *daemon_new(const struct daemon_options *options, struct text *errors)
{
	struct daemon *d = calloc(1, sizeof(*d));
	struct engine_host eh;

	if (!d) {
		text_add(errors, "out of memory\n");
		return NULL;
	}
	d->options = *options;
	d->start_ms = loop_now_ms();
	d->log = logsink_open(options->foreground, options->syslog_facility);
	gethostname(d->host_name, sizeof(d->host_name) - 1);
	plugin_host_init(d);
	datapath_none_init(&d->none);
	eh = (struct engine_host){ .ctx = d,
				   .random = host_random,
				   .resolve = host_resolve,
				   .event = host_event,
				   .link_changed = host_link_changed,
				   .capture = host_capture,
				   .log = d->log,
				   .datapath = &d->none.dp,
				   .host_name = strcmp(d->host_name, "(none)") && *d->host_name
							? d->host_name
							: "l2tpd" };
	d->engine = engine_new(&eh, d->start_ms);
	if (!d->engine) {
		text_add(errors, "out of memory\n");
		daemon_free(d);
		return NULL;
	}
	d->none.engine = d->engine;
	d->mgmt = (struct mgmt){ .engine = d->engine,
				 .version = L2TPD_VERSION,
				 .uptime_s = uptime_s,
				 .utc_us = utc_us,
				 .before = before_command,
				 .after = after_command,
				 .options = apply_options,
				 .ctx = d,
				 .log = d->log };
	apply_options(d, d->engine); /* for what the file inherits, and again over what it says */
	if (load(d, errors) > 0) {
		daemon_free(d);
		return NULL;
	}
	apply_options(d, d->engine);
	return d;
}

static void on_links_settled(void *arg)
{
	rearm(arg);
}

static int open_links(struct daemon *d, char **why)
{
	struct links_env env = { .loop = d->loop,
				 .launcher = d->launcher,
				 .host = &d->host,
				 .engine = d->engine,
				 .settled = on_links_settled,
				 .arg = d };

	d->links = d->kernel ? links_new(&env, why) : NULL;
	return d->links || !d->kernel ? 0 : -ENOMEM;
}

static int open_datapath(struct daemon *d, char **why)
{
	char *because = NULL;

	if (system_conf(d->engine)->datapath == DATAPATH_NONE) {
		log_info(&d->log, "control plane only (system datapath=none)");
		return 0;
	}
	d->kernel = kernel_new(&d->host, on_kernel, d, &because);
	if (!d->kernel) {
		why_set(why, ENODEV,
			"%s\n(or, for the control plane alone: system modify datapath=none)",
			because ? because : "out of memory");
		free(because);
		return -ENODEV;
	}
	engine_set_datapath(d->engine, kernel_datapath(d->kernel));
	return 0;
}

static int open_plugins(struct daemon *d, char **why)
{
	int err = 0;

	d->plugins = plugins_new();
	if (!d->plugins)
		return why_set(why, ENOMEM, "out of memory");
	for (unsigned i = 0; i < d->options.plugin_count && !err; i++)
		err = plugins_load(d->plugins, &d->host, d->options.plugin[i], why);
	if (!d->options.plugin_count)
		err = plugins_load(d->plugins, &d->host, "pppd", why);
	engine_set_ppp(d->engine, plugins_ppp(d->plugins));
	return err ? err : plugins_register_avps(d->plugins, d->engine, why);
}

static int open_signals(struct daemon *d)
{
	signal(SIGPIPE, SIG_IGN);
	return loop_signal(d->loop, SIGTERM, on_stop_signal, d) |
	       loop_signal(d->loop, SIGINT, on_stop_signal, d) |
	       loop_signal(d->loop, SIGHUP, on_hangup, d);
}

static int open_management(struct daemon *d, char **why)
{
	const struct system_conf *conf = system_conf(d->engine);
	struct mgmt_net_options net = { d->options.listen, d->options.allow,
					d->options.allow_count };

	d->clients = mgmt_clients_new(d->loop, &d->mgmt);
	if (!d->clients)
		return why_set(why, ENOMEM, "out of memory");
	d->socket = mgmt_unix_new(d->clients, d->options.socket, conf->management_group,
				  conf->management_readers, why);
	if (d->socket && d->options.listen)
		d->net = mgmt_net_new(d->loop, d->clients, &d->mgmt, &net, why);
	return d->socket && (d->net || !d->options.listen) ? 0 : -EIO;
}

static void open_uplink(struct daemon *d)
{
	d->uplink = uplink_new(&d->host, on_network, d);
	if (!d->uplink)
		log_warning(&d->log, "changes of the network will not be noticed: %s",
			    strerror(errno));
}

int daemon_open(struct daemon *d, char **why)
{
	int err;

	raise_limits();
	d->loop = loop_new();
	if (!d->loop)
		return why_set(why, ENOMEM, "the event loop could not be made");
	d->tick = loop_timer_new(d->loop, on_tick, d);
	d->stop_timer = loop_timer_new(d->loop, on_stop_timer, d);
	d->launcher = launcher_new(d->loop, d->options.launcher, on_launcher_lost, d);
	d->udp = udp_new(d->loop, on_datagram, d);
	if (!d->tick || !d->stop_timer || !d->launcher || !d->udp || open_signals(d) < 0)
		return why_set(why, ENOMEM, "out of memory");
	engine_set_transport(d->engine, udp_transport(d->udp));
	err = open_datapath(d, why);
	if (!err)
		err = open_links(d, why);
	open_uplink(d);
	if (!err)
		err = udp_listen(d->udp, system_conf(d->engine)->udp_port, why);
	if (!err)
		err = open_plugins(d, why);
	if (!err && system_conf(d->engine)->event_scripts) {
		d->hooks = hooks_new(system_conf(d->engine)->event_scripts, d->launcher, &d->log);
		err = d->hooks ? 0 : -ENOMEM;
	}
	return err ? err : open_management(d, why);
}

int daemon_run(struct daemon *d)
{
	log_info(&d->log, "l2tpd %s listens on UDP port %u, datapath %s", L2TPD_VERSION,
		 system_conf(d->engine)->udp_port, engine_datapath(d->engine)->name);
	advance(d);
	engine_start(d->engine);
	rearm(d);
	loop_run(d->loop);
	log_info(&d->log, "ended");
	return d->status;
}

/* In the reverse of the order in which one part uses another. */
void daemon_free(struct daemon *d)
{
	if (!d)
		return;
	mgmt_net_free(d->net);
	mgmt_clients_free(d->clients);
	mgmt_unix_free(d->socket);
	if (d->loop)
		loop_cancel_lookups(d->loop);
	engine_free(d->engine);
	mgmt_close(&d->mgmt);
	plugins_free(d->plugins);
	kernel_free(d->kernel);
	udp_free(d->udp);
	launcher_free(d->launcher);
	hooks_free(d->hooks);
	links_free(d->links);
	uplink_free(d->uplink);
	loop_timer_free(d->tick);
	loop_timer_free(d->stop_timer);
	loop_free(d->loop);
	free(d);
}
