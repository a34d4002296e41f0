/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/test.h"

#include "l2tpd/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct office {
	struct loop *loop;
	struct launcher *launcher;
	unsigned ended, wanted;
	int status[64], error[64];
	bool lost;
};

static int fd; /* of the launcher, forked once before there is anything to inherit */

static void on_lost(void *arg)
{
	struct office *o = arg;

	o->lost = true;
	loop_quit(o->loop);
}

static void on_deadline(void *arg)
{
	(void)arg;
	fail_msg("nothing happened for too long");
}

static void on_exited(void *arg, int status, int error)
{
	struct office *o = arg;

	o->status[o->ended] = status;
	o->error[o->ended++] = error;
	if (o->ended == o->wanted)
		loop_quit(o->loop);
}

static void office_open(struct office *o)
{
	*o = (struct office){ .loop = loop_new() };
	fd = launcher_fork();
	assert_true(fd >= 0);
	o->launcher = launcher_new(o->loop, fd, on_lost, o);
}

static void office_close(struct office *o)
{
	launcher_free(o->launcher);
	loop_free(o->loop);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static void await(struct office *o, unsigned wanted)
{
	struct loop_timer *deadline = loop_timer_new(o->loop, on_deadline, o);

	o->wanted = wanted;
	loop_timer_start(deadline, 20000);
	if (o->ended < wanted)
		loop_run(o->loop);
	loop_timer_free(deadline);
}

static int sh(struct office *o, const char *script, const int *fds, unsigned count)
{
	const char *argv[] = { "/bin/sh", "-c", script, NULL };
	const char *env[] = { "GREETING=hello there", NULL };
	struct host_spawn s = { argv, env, fds, count };

	return launcher_spawn(o->launcher, &s, on_exited, o);
}

static void statuses_come_back(void **state)
{
	struct office o;
	const char *argv[] = { "/no/such/program", NULL };
	struct host_spawn missing = { argv, NULL, NULL, 0 };

	(void)state;
	office_open(&o);
	assert_true(sh(&o, "exit 7", NULL, 0) > 0);
	await(&o, 1);
	assert_int_equal(WEXITSTATUS(o.status[0]), 7);
	assert_true(launcher_spawn(o.launcher, &missing, on_exited, &o) > 0);
	await(&o, 2);
	assert_int_equal(o.error[1], ENOENT);
	launcher_kill(o.launcher, sh(&o, "exec sleep 1000", NULL, 0), SIGTERM);
	await(&o, 3);
	assert_true(WIFSIGNALED(o.status[2]));
	launcher_kill(o.launcher, 1, SIGKILL); /* long gone: nobody is hit */
	launcher_kill(o.launcher, 4711, SIGKILL);
	assert_false(o.lost);
	office_close(&o);
}

/* What is handed over arrives as 3, 4, ...; nothing else is open, and the environment is clean. */
static void only_what_is_listed_is_inherited(void **state)
{
	struct office o;
	int ends[2], fds[2];
	char got[4096] = "";
	ssize_t n;

	(void)state;
	office_open(&o);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	fds[0] = open("/dev/zero", O_RDONLY);
	fds[1] = ends[1];
	assert_true(sh(&o,
		       "readlink /proc/self/fd/3 >&4; env >&4; i=5; while [ $i -lt 300 ]; do"
		       " [ ! -e /proc/$$/fd/$i ] || echo stray $i >&4; i=$((i + 1)); done; echo "
		       "end >&4",
		       fds, 2) > 0);
	close(fds[0]);
	close(ends[1]);
	await(&o, 1);
	for (size_t at = 0; (n = read(ends[0], got + at, sizeof(got) - 1 - at)) > 0;)
		at += (size_t)n;
	assert_non_null(strstr(got, "/dev/zero\n"));
	assert_non_null(strstr(got, "end\n"));
	assert_null(strstr(got, "stray"));
	assert_non_null(strstr(got, "GREETING=hello there"));
	assert_null(strstr(got, "HOME="));
	close(ends[0]);
	office_close(&o);
}

static void many_at_once(void **state)
{
	struct office o;

	(void)state;
	office_open(&o);
	for (int i = 0; i < 60; i++)
		assert_true(sh(&o, "exit 3", NULL, 0) > 0);
	await(&o, 60);
	for (int i = 0; i < 60; i++)
		assert_int_equal(WEXITSTATUS(o.status[i]), 3);
	office_close(&o);
}

/* The daemon goes without a word: children that listen to SIGTERM end, and those that do not. */
static void orphans_are_ended(void **state)
{
	struct office o;
	int ends[2];
	char c;

	(void)state;
	office_open(&o);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_true(sh(&o, "exec sleep 1000", &ends[1], 1) > 0);
	assert_true(sh(&o, "trap '' TERM; echo . >&3; while :; do sleep 1 3>&-; done", &ends[1],
		       1) > 0);
	close(ends[1]);
	assert_int_equal(read(ends[0], &c, 1), 1); /* it ignores SIGTERM by now */
	office_close(&o);
	while (read(ends[0], &c, 1) > 0)
		; /* the newline; the end comes when nobody holds the other end any more */
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statuses_come_back),
		cmocka_unit_test(only_what_is_listed_is_inherited),
		cmocka_unit_test(many_at_once),
		cmocka_unit_test(orphans_are_ended),
	};

	return cmocka_run_group_tests_name("launcher", tests, NULL, NULL);
}
