/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/param.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* A value between being parsed and being stored. */
struct parsed {
	int64_t number;
	const char *text;
	struct addr addr;
};

static void *member(const struct param *p, const void *conf)
{
	return (char *)conf + p->offset;
}

static uint64_t *set_bits(const void *conf)
{
	return (uint64_t *)conf;
}

bool param_is_set(const void *conf, unsigned row)
{
	return *set_bits(conf) >> row & 1;
}

static char **string_of(const struct param *p, const void *conf)
{
	return member(p, conf);
}

static int64_t number_of(const struct param *p, const void *conf)
{
	const void *m = member(p, conf);

	switch (p->store) {
	case STORE_BOOL:
		return *(const bool *)m;
	case STORE_U8:
		return *(const uint8_t *)m;
	case STORE_U16:
		return *(const uint16_t *)m;
	case STORE_U32:
		return *(const uint32_t *)m;
	case STORE_U64:
		return (int64_t) * (const uint64_t *)m;
	case STORE_S32:
		return *(const int32_t *)m;
	case STORE_STR:
	case STORE_ADDR:
		break;
	}
	return 0;
}

/* A secret does not stay behind in memory that others will use. */
static void forget(const struct param *p, char *s)
{
	if (s && (p->flags & PARAM_SECRET))
		explicit_bzero(s, strlen(s));
	free(s);
}

/* -ENOMEM; the old string is freed only after the new one is there. */
static int store(const struct param *p, void *conf, const struct parsed *v)
{
	void *m = member(p, conf);
	char *copy;

	switch (p->store) {
	case STORE_BOOL:
		*(bool *)m = v->number != 0;
		break;
	case STORE_U8:
		*(uint8_t *)m = (uint8_t)v->number;
		break;
	case STORE_U16:
		*(uint16_t *)m = (uint16_t)v->number;
		break;
	case STORE_U32:
		*(uint32_t *)m = (uint32_t)v->number;
		break;
	case STORE_U64:
		*(uint64_t *)m = (uint64_t)v->number;
		break;
	case STORE_S32:
		*(int32_t *)m = (int32_t)v->number;
		break;
	case STORE_ADDR:
		*(struct addr *)m = v->addr;
		break;
	case STORE_STR:
		copy = v->text ? strdup(v->text) : NULL;
		if (v->text && !copy)
			return -ENOMEM;
		forget(p, *(char **)m);
		*(char **)m = copy;
		break;
	}
	return 0;
}

/* What is stored in @conf, borrowed from it. */
static struct parsed load(const struct param *p, const void *conf)
{
	struct parsed v = { .number = number_of(p, conf) };

	if (p->store == STORE_STR)
		v.text = *string_of(p, conf);
	else if (p->store == STORE_ADDR)
		v.addr = *(const struct addr *)member(p, conf);
	return v;
}

int param_find(const struct param_table *t, const char *name)
{
	for (unsigned i = 0; i < t->count; i++) {
		const struct param *p = &t->row[i];

		if (strcmp(p->name, name) == 0)
			return (int)i;
		for (int a = 0; a < PARAM_ALIASES; a++)
			if (p->alias[a] && strcmp(p->alias[a], name) == 0)
				return (int)i;
	}
	return -1;
}

bool param_word_value(const struct param_word *words, const char *word, size_t len, uint32_t *value)
{
	for (; words->name; words++) {
		if (strlen(words->name) == len && strncasecmp(words->name, word, len) == 0) {
			*value = words->value;
			return true;
		}
	}
	return false;
}

const char *param_word_name(const struct param_word *words, uint32_t value)
{
	for (; words->name; words++)
		if (!words->alias && words->value == value)
			return words->name;
	return NULL;
}

static void bounds(const struct param *p, int64_t *min, int64_t *max)
{
	*min = p->min;
	*max = p->max;
	if (p->min != 0 || p->max != 0)
		return;
	switch (p->store) {
	case STORE_BOOL:
		*max = 1;
		break;
	case STORE_U8:
		*max = UINT8_MAX;
		break;
	case STORE_U16:
		*max = UINT16_MAX;
		break;
	case STORE_U32:
		*max = UINT32_MAX;
		break;
	case STORE_U64:
		*max = INT64_MAX;
		break;
	case STORE_S32:
		*min = INT32_MIN;
		*max = INT32_MAX;
		break;
	case STORE_STR:
	case STORE_ADDR:
		*max = 255;
		break;
	}
}

static void list_words(const struct param_word *words, struct text *out)
{
	const char *comma = "";

	for (; words->name; words++) {
		if (words->alias)
			continue;
		text_addf(out, "%s%s", comma, words->name);
		comma = ", ";
	}
}

void param_domain(const struct param *p, struct text *out)
{
	int64_t min, max;

	bounds(p, &min, &max);
	if (p->flags & PARAM_FLAGS) {
		text_add(out, "a comma list of ");
		list_words(p->words, out);
	} else if (p->words) {
		text_add(out, "one of ");
		list_words(p->words, out);
	} else if (p->store == STORE_BOOL || (p->flags & PARAM_BIT)) {
		text_add(out, "yes or no");
	} else if (p->flags & PARAM_HOST) {
		text_add(out,
			 p->flags & PARAM_LIST
				 ? "an IPv4 or IPv6 address or a host name, or several, separated "
				   "by commas"
				 : "an IPv4 or IPv6 address or a host name");
	} else if (p->store == STORE_ADDR) {
		text_add(out, "an IPv4 or IPv6 address");
	} else if (p->flags & PARAM_NETWORKS) {
		text_addf(
			out,
			"networks, as 10.1.0.0/16 or 2001:db8::/48, nothing set beyond the prefix, "
			"separated by commas, of at most %lld bytes",
			(long long)max);
	} else if (p->flags & PARAM_HEX) {
		text_addf(out, "hexadecimal digits, two for each of at most %lld bytes",
			  (long long)max);
	} else if (p->store == STORE_STR) {
		text_addf(out, "text of at most %lld bytes", (long long)max);
	} else {
		text_addf(out, "%lld..%lld", (long long)min, (long long)max);
		if (p->unit)
			text_addf(out, " %s", p->unit);
	}
}

static int wrong(const struct param *p, const char *found, char **why)
{
	struct text domain = TEXT_INIT, quoted = TEXT_INIT;
	int err;

	param_domain(p, &domain);
	text_add_safe(&quoted, found, strlen(found));
	if (p->flags & PARAM_SECRET)
		err = why_set(why, EINVAL, "%s takes %s", p->name, text_str(&domain));
	else
		err = why_set(why, EINVAL, "%s=%s: %s takes %s", p->name, text_str(&quoted),
			      p->name, text_str(&domain));
	text_free(&domain);
	text_free(&quoted);
	return err;
}

static const struct param_word bool_words[] = {
	{ "yes", 1, false }, { "no", 0, false },  { "on", 1, true },
	{ "off", 0, true },  { "true", 1, true }, { "false", 0, true },
	{ "1", 1, true },    { "0", 0, true },	  { NULL, 0, false },
};

/* Decimal or 0x hexadecimal; never octal, however many zeros lead. */
static bool parse_number(const char *text, size_t len, int64_t *out)
{
	char digits[32];
	char *end;
	int base;

	if (len == 0 || len >= sizeof(digits))
		return false;
	memcpy(digits, text, len);
	digits[len] = '\0';
	base = strncasecmp(digits, "0x", 2) == 0 ? 16 : 10;
	if (!strchr("0123456789-", digits[0]))
		return false;
	errno = 0;
	*out = strtoll(digits, &end, base);
	return errno == 0 && *end == '\0';
}

/* "a,b" replaces, "+a,-b" changes @old; numbers and names may be mixed. */
static bool parse_flags(const struct param *p, const char *text, uint32_t old, int64_t *out)
{
	uint32_t bits = text[0] == '+' || text[0] == '-' ? old : 0;

	while (*text) {
		size_t len = strcspn(text, ",");
		char sign = *text == '+' || *text == '-' ? *text : '+';
		size_t skip = *text == '+' || *text == '-';
		uint32_t value;
		int64_t number;

		if (!param_word_value(p->words, text + skip, len - skip, &value)) {
			if (!parse_number(text + skip, len - skip, &number) || number < 0 ||
			    number > UINT32_MAX)
				return false;
			value = (uint32_t)number;
		}
		bits = sign == '+' ? bits | value : bits & ~value;
		text += len;
		text += *text == ',';
	}
	*out = bits;
	return true;
}

/* Letters, digits, dots and hyphens, and what addr_parse() takes. */
static bool valid_host(const char *text)
{
	struct addr a;
	size_t len = strlen(text);

	if (addr_parse(&a, text) == 0)
		return true;
	return len > 0 && len <= 253 && text[0] != '-' && text[0] != '.' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") ==
		       len;
}

/* Each of them; none is empty. */
static bool valid_hosts(const char *text)
{
	char host[256];

	for (;; text++) {
		size_t len = strcspn(text, ",");

		if (len >= sizeof(host))
			return false;
		memcpy(host, text, len);
		host[len] = '\0';
		if (!valid_host(host))
			return false;
		text += len;
		if (!*text)
			return true;
	}
}

/* Skips a leading 0x, which people may write. */
static const char *hex_digits(const char *text)
{
	return strncasecmp(text, "0x", 2) == 0 ? text + 2 : text;
}

static bool valid_hex(const char *digits, int64_t min, int64_t max)
{
	size_t len = strlen(digits);

	return len % 2 == 0 && strspn(digits, "0123456789abcdefABCDEF") == len &&
	       (int64_t)len / 2 >= min && (int64_t)len / 2 <= max;
}

size_t param_hex_bytes(const char *hex, uint8_t *out, size_t cap)
{
	size_t n = 0;

	for (; hex && hex[0] && hex[1] && n < cap; hex += 2) {
		char byte[3] = { hex[0], hex[1], '\0' };

		out[n++] = (uint8_t)strtoul(byte, NULL, 16);
	}
	return n;
}

static bool parse(const struct param *p, const void *conf, const char *text, struct parsed *v)
{
	int64_t min, max;
	uint32_t word;

	bounds(p, &min, &max);
	if (p->flags & PARAM_FLAGS)
		return parse_flags(p, text, (uint32_t)number_of(p, conf), &v->number) &&
		       v->number <= max;
	if (p->words || p->store == STORE_BOOL) {
		if (!param_word_value(p->words ? p->words : bool_words, text, strlen(text), &word))
			return false;
		v->number = word;
		return true;
	}
	if (p->store == STORE_ADDR)
		return addr_parse(&v->addr, text) == 0;
	if (p->flags & PARAM_HEX) {
		v->text = hex_digits(text);
		return valid_hex(v->text, min, max);
	}
	if (p->store == STORE_STR) {
		v->text = text;
		if (p->flags & PARAM_HOST)
			return p->flags & PARAM_LIST ? valid_hosts(text) : valid_host(text);
		if ((p->flags & PARAM_NETWORKS) && !network_list_valid(text))
			return false;
		return (int64_t)strlen(text) >= min && (int64_t)strlen(text) <= max;
	}
	return parse_number(text, strlen(text), &v->number) && v->number >= min && v->number <= max;
}

unsigned param_holder(const struct param_table *t, unsigned row)
{
	return t->row[row].flags & PARAM_BIT ? (unsigned)param_find(t, t->row[row].of) : row;
}

/* yes or no for one bit of another row, whose other bits stay as they are. */
static int set_bit(const struct param_table *t, unsigned row, void *conf, const char *text,
		   char **why)
{
	const struct param *p = &t->row[row];
	unsigned holder = param_holder(t, row);
	const struct param *of = &t->row[holder];
	int64_t old = param_is_set(conf, holder) ? number_of(of, conf) : of->dflt;
	struct parsed v = { .number = old | p->dflt };
	uint32_t on;

	if (!param_word_value(bool_words, text, strlen(text), &on))
		return wrong(p, text, why);
	if (!on)
		v.number = old & ~p->dflt;
	if (!param_word_name(of->words, (uint32_t)v.number))
		return why_set(why, EINVAL, "%s=%s leaves nothing of %s", p->name, text, of->name);
	if (store(of, conf, &v) < 0)
		return why_set(why, ENOMEM, "out of memory");
	*set_bits(conf) |= UINT64_C(1) << holder;
	return 0;
}

int param_set(const struct param_table *t, unsigned row, void *conf, const char *text, char **why)
{
	const struct param *p = &t->row[row];
	struct parsed v = { 0 };

	if (!text && (p->store == STORE_BOOL || (p->flags & (PARAM_ACTION | PARAM_BIT))))
		text = "yes";
	if (text && (p->flags & PARAM_BIT))
		return set_bit(t, row, conf, text, why);
	if (!text)
		return why_set(why, EINVAL, "%s needs a value: %s=...", p->name, p->name);
	if (!parse(p, conf, text, &v))
		return wrong(p, text, why);
	if (store(p, conf, &v) < 0)
		return why_set(why, ENOMEM, "out of memory");
	*set_bits(conf) |= UINT64_C(1) << row;
	return 0;
}

static int store_default(const struct param *p, void *conf)
{
	struct parsed v = { .number = p->dflt, .text = p->dflt_text };

	return store(p, conf, &v);
}

void param_unset(const struct param_table *t, unsigned row, void *conf)
{
	static const struct parsed nothing;

	(void)store(&t->row[row], conf, &nothing); /* storing nothing allocates nothing */
	*set_bits(conf) &= ~(UINT64_C(1) << row);
}

static void flag_text(const struct param *p, uint32_t bits, struct text *out)
{
	const char *whole = param_word_name(p->words, bits);
	const char *comma = "";

	if (whole) {
		text_add(out, whole);
		return;
	}
	for (const struct param_word *w = p->words; w->name; w++) {
		if (w->alias || w->value == 0 || (bits & w->value) != w->value)
			continue;
		text_addf(out, "%s%s", comma, w->name);
		comma = ",";
		bits &= ~w->value;
	}
	if (bits)
		text_addf(out, "%s0x%x", comma, bits);
}

static void time_text(int64_t seconds, struct text *out)
{
	time_t when = (time_t)seconds;
	struct tm tm;
	char buf[32];

	if (seconds && gmtime_r(&when, &tm) &&
	    strftime(buf, sizeof(buf), "%Y-%m-%dT%H:%M:%SZ", &tm))
		text_add(out, buf);
}

int param_text(const struct param_table *t, unsigned row, const void *conf, struct text *out)
{
	const struct param *p = &t->row[row];
	struct parsed v = load(p, conf);
	char buf[ADDR_TEXT];

	if (p->flags & PARAM_FLAGS) {
		flag_text(p, (uint32_t)v.number, out);
	} else if (p->flags & PARAM_TIME) {
		time_text(v.number, out);
	} else if (p->words) {
		const char *name = param_word_name(p->words, (uint32_t)v.number);

		text_add(out, name ? name : "");
	} else if (p->store == STORE_BOOL) {
		text_add(out, v.number ? "yes" : "no");
	} else if (p->store == STORE_STR) {
		text_add(out, v.text ? v.text : "");
	} else if (p->store == STORE_ADDR) {
		text_add(out, addr_text(&v.addr, buf));
	} else {
		text_addf(out, "%lld", (long long)v.number);
	}
	return out->failed ? -ENOMEM : 0;
}

/* A member that holds nothing: shown as null, not as empty text. */
static bool is_nothing(const struct param *p, const struct parsed *v)
{
	if (p->store == STORE_STR)
		return !v->text;
	if (p->store == STORE_ADDR)
		return v->addr.family == 0;
	return (p->flags & (PARAM_TIME | PARAM_NO_ZERO)) && v->number == 0;
}

int param_value(const struct param_table *t, unsigned row, const void *conf, struct value *out)
{
	const struct param *p = &t->row[row];
	struct parsed v = load(p, conf);
	struct text text = TEXT_INIT;

	*out = (struct value){ .kind = VALUE_NONE };
	if (is_nothing(p, &v) || (p->flags & PARAM_ACTION))
		return 0;
	if (p->words || p->store == STORE_STR || p->store == STORE_ADDR ||
	    (p->flags & PARAM_TIME)) {
		out->kind = VALUE_TEXT;
		if (p->flags & PARAM_SECRET)
			text_add(&text, "(hidden)");
		else
			param_text(t, row, conf, &text);
		out->text = text_take(&text);
		return out->text ? 0 : -ENOMEM;
	}
	out->kind = p->store == STORE_BOOL  ? VALUE_BOOL
		    : p->store == STORE_S32 ? VALUE_SIGNED
					    : VALUE_UNSIGNED;
	out->number = (uint64_t)v.number;
	return 0;
}

int param_resolve(const struct param_table *t, void *out, const void *const layer[], unsigned n,
		  uint8_t *origin)
{
	int err = 0;

	for (unsigned row = 0; row < t->count && !err; row++) {
		const struct param *p = &t->row[row];
		unsigned i = 0;

		if (p->flags & PARAM_BIT)
			continue;
		while (i < n && !(layer[i] && param_is_set(layer[i], row)))
			i++;
		if (i < n) {
			struct parsed v = load(p, layer[i]);

			err = store(p, out, &v);
		} else {
			err = store_default(p, out);
		}
		if (origin)
			origin[row] = (uint8_t)i;
	}
	*set_bits(out) = n > 0 && layer[0] ? *set_bits(layer[0]) : 0;
	return err;
}

int param_copy(const struct param_table *t, unsigned row, void *to, const void *from)
{
	struct parsed v = load(&t->row[row], from);

	return store(&t->row[row], to, &v);
}

int param_merge(const struct param_table *t, void *to, const void *from)
{
	for (unsigned row = 0; row < t->count; row++) {
		if (!param_is_set(from, row))
			continue;
		if (param_copy(t, row, to, from) < 0)
			return -ENOMEM;
		*set_bits(to) |= UINT64_C(1) << row;
	}
	return 0;
}

void param_free(const struct param_table *t, void *conf)
{
	for (unsigned row = 0; row < t->count; row++)
		if (t->row[row].store == STORE_STR)
			forget(&t->row[row], *string_of(&t->row[row], conf));
	memset(conf, 0, t->size);
}
