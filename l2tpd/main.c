/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * main.c - the command line, and going to the background.
 *
 * The order matters: the launcher is forked while the process is still small;
 * the configuration is read and checked while there is a terminal to complain
 * to; the fork to the background comes before anything is opened; and the
 * process that was started ends only when the daemon serves, with its status.
 */
#include "l2tpd/daemon.h"
#include "l2tpd/engine/conf.h"
#include "l2tpd/launcher.h"
#include "l2tpd/logsink.h"
#include "l2tpd/mgmt_net.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

static const char usage[] =
	"usage: l2tpd [-f] [-c FILE] [-t] [-s SOCKET] [-p PLUGIN] [-u UDP_PORT] [-d TRACE] [-D] "
	"[-L FACILITY] [-R ADDRESS[:PORT]] [-A NETWORK] [-V]\n"
	"  -f           stay in the foreground and log to standard error\n"
	"  -c FILE      configuration (" L2TPD_CONF_FILE ")\n"
	"  -t           check the configuration, say what is wrong with it, and end\n"
	"  -s SOCKET    where l2tpcli connects (" L2TPD_SOCKET ")\n"
	"  -p PLUGIN    load a plugin; may be repeated (pppd)\n"
	"  -u UDP_PORT  port to listen on (1701)\n"
	"  -d TRACE     trace flags: none, all, or a comma list of protocol, fsm, avp, ...\n"
	"  -D           trace everything\n"
	"  -L FACILITY  syslog facility (daemon)\n"
	"  -R ADDRESS[:PORT]  manage over the network, too, by Sun RPC: TCP and UDP\n"
	"  -A NETWORK   who may manage over the network: ADDRESS[/BITS]; may be repeated (this\n"
	"               machine alone)\n"
	"  -V           print the version and end\n";

static int fail(const char *fmt, const char *arg)
{
	fputs("l2tpd: ", stderr);
	fprintf(stderr, fmt, arg);
	fputs("\n", stderr);
	return -1;
}

static int parse_port(struct daemon_options *o, const char *text)
{
	char *end;
	long port = strtol(text, &end, 10);

	if (*text == '\0' || *end || port < 1 || port > 65535)
		return fail("-u %s: a port is 1..65535", text);
	o->udp_port = (uint16_t)port;
	return 0;
}

/* By the same row that `system modify trace_flags=` goes by. */
static int parse_trace(struct daemon_options *o, const char *text)
{
	struct system_conf conf = { 0 };
	char *why = NULL;

	if (param_set(&system_params, (unsigned)param_find(&system_params, "trace_flags"), &conf,
		      text, &why) < 0) {
		fail("-d: %s", why ? why : "out of memory");
		free(why);
		return -1;
	}
	o->trace_flags = conf.trace_flags;
	o->trace_given = true;
	return 0;
}

static int parse_option(struct daemon_options *o, int option, const char *arg)
{
	switch (option) {
	case 'f':
		o->foreground = true;
		return 0;
	case 'c':
		o->conf_file = arg;
		o->conf_file_named = true;
		return 0;
	case 's':
		o->socket = arg;
		return 0;
	case 'p':
		if (o->plugin_count == DAEMON_PLUGINS_MAX)
			return fail("-p %s: too many plugins", arg);
		o->plugin[o->plugin_count++] = arg;
		return 0;
	case 'R':
		o->listen = arg;
		return 0;
	case 'A':
		if (o->allow_count == DAEMON_ALLOW_MAX)
			return fail("-A %s: too many networks", arg);
		o->allow[o->allow_count++] = arg;
		return 0;
	case 'u':
		return parse_port(o, arg);
	case 'd':
		return parse_trace(o, arg);
	case 'D':
		return parse_trace(o, "all");
	case 'L':
		o->syslog_facility = logsink_facility(arg);
		return o->syslog_facility < 0 ? fail("-L %s: no such syslog facility", arg) : 0;
	default:
		return -1;
	}
}

/* While there is a terminal to complain to. */
static int check_network(const struct daemon_options *o)
{
	struct mgmt_net_options net = { o->listen, o->allow, o->allow_count };
	char *why = NULL;
	int err = 0;

	if (o->allow_count && !o->listen)
		return fail("-A %s: without -R nobody manages over the network", o->allow[0]);
	if (o->listen)
		err = mgmt_net_check(&net, &why);
	if (err)
		fail("%s", why ? why : "out of memory");
	free(why);
	return err;
}

static int check_only(struct daemon_options *o)
{
	struct text errors = TEXT_INIT;
	struct daemon *d;

	o->foreground = true;
	o->conf_file_named = true;
	d = daemon_new(o, &errors);
	fputs(text_str(&errors), stderr);
	text_free(&errors);
	if (d)
		printf("%s: ok\n", o->conf_file);
	daemon_free(d);
	return d ? 0 : 1;
}

/* The parent waits for the byte that says how the start went; the child returns the pipe's end. */
static int to_background(void)
{
	int ends[2];
	char status = 1;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		return -1;
	if (pid > 0) {
		close(ends[1]);
		if (read(ends[0], &status, 1) != 1)
			status = 1;
		_exit(status);
	}
	close(ends[0]);
	setsid();
	if (chdir("/") < 0)
		return -1;
	return ends[1];
}

static void tell_parent(int pipe, char status)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; status == 0 && fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
	(void)!write(pipe, &status, 1);
	close(pipe);
}

static int serve(struct daemon_options *o)
{
	struct text errors = TEXT_INIT;
	struct daemon *d = daemon_new(o, &errors);
	char *why = NULL;
	int pipe = -1, status = 1;

	fputs(text_str(&errors), stderr);
	if (!d)
		fprintf(stderr, "l2tpd: not started\n");
	else if (!o->foreground && (pipe = to_background()) < 0)
		perror("l2tpd: cannot go to the background");
	else if (daemon_open(d, &why) < 0)
		fprintf(stderr, "l2tpd: %s\n", why ? why : "out of memory");
	else
		status = 0;
	if (pipe >= 0)
		tell_parent(pipe, (char)status);
	if (status == 0)
		status = daemon_run(d);
	daemon_free(d);
	text_free(&errors);
	free(why);
	return status;
}

int main(int argc, char *argv[])
{
	struct daemon_options o = { .conf_file = L2TPD_CONF_FILE,
				    .socket = L2TPD_SOCKET,
				    .syslog_facility = LOG_DAEMON };
	bool check = false;
	int option;

	while ((option = getopt(argc, argv, "fc:ts:p:u:d:DL:R:A:Vh")) != -1) {
		if (option == 't') {
			check = true;
		} else if (option == 'V') {
			printf("l2tpd %s\n", L2TPD_VERSION);
			return 0;
		} else if (option == 'h') {
			fputs(usage, stdout);
			return 0;
		} else if (parse_option(&o, option, optarg) < 0) {
			if (option == '?')
				fputs(usage, stderr);
			return 2;
		}
	}
	if (optind < argc) {
		fail("\"%s\" is not understood", argv[optind]);
		fputs(usage, stderr);
		return 2;
	}
	if (check_network(&o) < 0)
		return 2;
	if (check)
		return check_only(&o);
	o.launcher = launcher_fork();
	if (o.launcher < 0) {
		fail("the launcher process could not be started: %s", strerror(-o.launcher));
		return 1;
	}
	return serve(&o);
}
