"""The expressions for the ways in which a name is given a value; each starts where the name's hint ends.

A name and its value are written in many ways: `name = value` in programs and settings, `"name": "value"`,
`<name>value</name>`, `key="name" value="…"`, `name value` on a line of its own, `--name value` in commands,
and as arguments of a call.
"""

from __future__ import annotations

import re

from automount.late_patterns import late_pattern

_QUOTED = rb"(?P<quote>[\"'`])(?P<quoted>(?:(?!(?P=quote))[^\r\n]){8,200})(?P=quote)"
_BARE = rb"(?P<bare>[^\s\"'`()\[\]{}<>;,|\\]{8,200})"
_REST = rb"[\w.-]{0,24}"

_ASSIGNED = late_pattern(  # name = value, name: Type = Type("value"), and name: >- with the value below
    _REST
    + rb"(?: [Kk]ey| [Tt]oken| [Ss]ecret| [Pp]assword)?"
    + rb"\\?[\"'`*\])}]{0,3}(?:\[[\"']?[\w.-]{1,40}[\"']?\]){0,3}(?:[ \t]{0,8}|\s{0,40}(?=\|\||\?\?|or\b))"
    + rb"(?::{1,2}[ \t]?[&'*\w<>\[\]|., ]{1,40}(?<![=<>!])=|(?:(?<=[ \t])(?:[Aa]s )?(?:[Ss]tring"
    + rb"|str)|\[\d*\])\s{0,4}="
    + rb"|={2,3}|[-=]>|<-|[:?|+&]{1,2}=|:{1,2}|=|\|\||\?\?|or\b|-(?=\s)"
    + rb"|[|({])[*`\"']{0,3}\s{0,8}(?:</?[a-z]{1,8}>\s?){0,3}"
    + rb"(?:[(\[{]\s{0,80}|[>|][+-]?\n\s{0,40}|!{1,2}\w{1,20}\s|&\w{1,20}\s|new\s)?"
    + rb"(?:<%=\s{0,4})?"
    + rb"(?:[\w.?()\[\]\"']{1,60}\s{0,2}(?:\|\||\?\?|\bor\b)\s{0,8})?"  # … or "value"
    + rb"(?:[\w.&:\[\]]{1,30}\(\s{0,8}){0,2}(?:(?:default|value|initial)\s?=\s?)?"
    + rb"(?:[bBrRuUN@]{0,2}\\?(?:\"\"|'')?"
    + _QUOTED
    + rb"|\\?(?:\"\"|'')?"
    + rb"(?P<bare>[^\s\"'`()\[\]{}<>;,|\\]{8,200})[,;]?(?=\s*$|[ \t\"'\\]|[}\]]{1,3}(?:[\s,;]|$)"
    + rb"|(?<=[;,])[A-Za-z][\w. ]{0,30}=|\||</))",
    re.MULTILINE,
)
_CALL = late_pattern(
    _REST + rb"\((?:[^()\r\n]{0,80},)?\s{0,8}[bBrRuUN@]{0,2}" + _QUOTED + rb"\s{0,4}[,)]"
)  # setName("…"), set_name("…", "…")
_PROPERTY = late_pattern(  # Name { get; } = "…", variable "name" { default = "…" }, "name": {…, "value": "…"}
    _REST
    + rb"[\"']?\s{0,4}(?:[:=]>?\s{0,4}\[?\s{0,40})?\{(?:[^{}\r\n]{0,40}\}|[^{}]{0,200}?\b"
    + rb"(?:default|[vV]alue)[\"']?)\s{0,8}[:=]\s{0,4}"
    + _QUOTED
)
# <name>…</name>, <x name="name"><value>…</value></x>, <name>name</name><value>…</value>
ELEMENT = late_pattern(
    _REST
    + rb"(?:[\"']?(?:\s[^<>\r\n]{0,80})?>\s{0,8}(?:<[Vv]alue>\s{0,8}|<!\[CDATA\[)?"
    + rb"|</[\w:-]{1,20}>\s{0,80}<(?:[\w-]{0,12}[Vv]alue|string|td|dd|code)(?:\s[^<>]{0,60})?>\s{0,8})"
    + rb"(?:[\w@.-]{1,64}\n)?"  # OpenVPN's block holds the user's name first
    + _BARE
    + rb"\s{0,8}(?:</|\]\]>)"
)
_INSERTED = late_pattern(  # (name, …) VALUES ('…', '…')
    _REST + rb"[^()\r\n]{0,80}\)\s{0,8}(?i:values)\s{0,8}\((?:[^()\r\n]{0,120},)?\s{0,8}" + _QUOTED
)
_KEY_AND_VALUE = late_pattern(_REST + rb"[\"']\s{1,8}value\s{0,2}=\s{0,2}" + _QUOTED)  # key="name" value="…"
# name: NAME, then value: … or default: … on one of the next lines or after a comma
_NAME_AND_VALUE = late_pattern(
    _REST
    + rb"[\"']?:?\s{0,4}(?:,\s{0,40}|\n\s{0,40}(?:[\w-]{1,30}: [^\r\n]{0,80}\n\s{0,40}){0,4})"
    + rb"[\"']?(?:\w{0,20}[vV]alue|[dD]efault)[\"']?\s{0,4}[:=]\s{0,4}(?:"
    + _QUOTED
    + rb"|"
    + _BARE
    + rb")"
)
SECOND = late_pattern(
    _REST
    + rb"[\"']?\s{0,4},\s{0,8}(?:[\"']-\w[\"'],\s{0,8})?(?:\w{1,20}\s?=\s?[\w.]{1,20},\s{0,8}){0,3}"
    + rb"(?:default\s?=\s?)?"
    + _QUOTED
)  # "name", "…"
_LISTED = late_pattern(  # user, name = "…", "…"
    _REST + rb"\s{0,4}:?=\s{0,4}[\[(]?[\"'][^\"'\r\n]{0,60}[\"']\s{0,4},\s{0,8}[bruN]{0,2}" + _QUOTED
)
SPACED = late_pattern(
    rb"[\w.-]{0,16}[ \t]{1,8}(?:(?P<quote>[\"'])(?P<quoted>[^\r\n\"']{8,200})(?P=quote)|"
    rb"(?P<bare>[^\s\"'`()\[\]{}<>;,|\\]{8,200})(?=[\s\"';]|$))"
)
STATED = late_pattern(  # the … password is …, password for …: …, password `…`
    rb"[a-z ]{0,8}(?:[ \t](?:for|of|on|to)(?:[ \t][\w@.-]{1,40}){1,5}?)?"
    rb"(?:(?:[ \t](?:is|was)(?:[ \t]now)?:?|:)[ \t]{1,4}[\"'`]?|[ \t]`(?=[^`\n]{8,80}`))"
    rb"(?P<bare>[^\s\"'`()\[\]{}<>;,|\\]{8,80})(?=[\s\"'`),;]|$)"
)
MENTIONED = late_pattern(  # with password …
    rb"[a-z]{0,8}[ \t](?P<bare>[^\s\"'`()\[\]{}<>;,|\\]{8,80})(?=[\s\"'`),;]|$)"
)
_MENTIONING = late_pattern(rb"(?i)\b(?:with|and|using)[ \t]{1,2}(?:the[ \t])?$")
_DEFAULTED = late_pattern(
    _REST + rb":[-=]?(?P<bare>[^\s\"'`()\[\]{}<>;,|\\$]{8,200})\}"
)  # ${NAME:-…}, ${name:…}
_DEFAULTING = late_pattern(rb"\$\{[\w.-]{0,40}$")
_ANSWERED = late_pattern(  # expect("… password: "), then sendline("…")
    _REST
    + rb"[:?]?\s{0,2}[\"'][^()\r\n]{0,40}\)\s{0,4};?\s{0,20}[\w.>-]{0,30}(?:send|write|puts)\w{0,10}\("
    + rb"\s{0,4}b?"
    + _QUOTED
)
_NESTED = late_pattern(  # "name": {"user": "…"}
    _REST + rb"[\"']\s{0,4}(?::|=>)\s{0,4}\{\s{0,40}[\"'][\w.-]{1,40}[\"']\s{0,4}(?::|=>)\s{0,4}" + _QUOTED
)
_LEVEL = late_pattern(
    _REST + rb"[ \t][057][ \t]" + _BARE + rb"[ \t]{0,4}\r?$", re.MULTILINE
)  # a router's `password 0 …`
_OPTION = late_pattern(  # --name NAME --value "…"
    rb"[\w./-]{0,24}[\"']?(?:\s{1,4}(?:\\\r?\n\s{0,8})?--?[\w-]{1,30}[ =][^\s-]\S{0,60}){0,3}"
    rb"\s{1,4}(?:\\\r?\n\s{0,8})?"
    + rb"--(?:[\w-]{0,20}(?:value|body|string|data))[ =](?:"
    + _QUOTED
    + rb"|"
    + _BARE
    + rb")"
)
ROW = late_pattern(  # a row of two cells, and a line below its heading
    _REST
    + rb"[\"'`*]{0,3}[ \t]{0,40}[,;|\t][ \t]{0,40}[\"'`]?"
    + _BARE
    + rb"[\"'`]?[ \t]{0,40}\|?[ \t]{0,4}$",
    re.MULTILINE,
)
BELOW = late_pattern(
    rb"[\w-]{0,8}:?[ \t]{0,4}\r?\n[ \t]{0,8}(?:- )?[\"'`]?" + _BARE + rb"[\"'`]?[ \t]{0,4}$", re.MULTILINE
)
MEMBER = late_pattern(  # names: then `name: …` on the next line
    rb"s?:[ \t]{0,4}\r?\n[ \t]{1,12}(?:- )?[\"']?[\w.-]{1,40}[\"']?:[ \t]{1,4}[\"']?"
    + _BARE
    + rb"[\"']?[ \t]{0,4}$",
    re.MULTILINE,
)
JOINED = late_pattern(  # name = "…" + "…"
    _REST
    + rb"[\"'\])]{0,3}\s{0,8}[:=]{1,2}>?\s{0,8}\(?\s{0,40}(?P<joined>[\"'][^\"'\r\n]{2,100}[\"']"
    + rb"(?:\s{0,4}[+.&\\]{0,2}\s{0,80}[\"'][^\"'\r\n]{2,100}[\"']){1,8})"
)
EARLIER = late_pattern(  # value="…" name="name", setValue:@"…" forKey:@"name"
    rb"[vV]alue[\"']?\s{0,4}[:=]\s{0,4}@?(?:"
    + _QUOTED
    + rb"|(?P<bare>[^\s\"'`()\[\]{}<>;,|\\]{8,200}))\s{0,4},?\s{1,40}[\"']?(?:name|key|id"
    + rb"|forKey)[\"']?\s{0,4}[:=]\s{0,4}"
    + rb"[@\"']{0,2}[\w.-]{0,40}$"
)
WAYS = (
    _ASSIGNED,
    _CALL,
    _PROPERTY,
    ELEMENT,
    _KEY_AND_VALUE,
    _NAME_AND_VALUE,
    _NESTED,
    _INSERTED,
    SECOND,
    _LISTED,
    SPACED,
    STATED,
    MENTIONED,
    _DEFAULTED,
    _ANSWERED,
    JOINED,
    _LEVEL,
    _OPTION,
    ROW,
    BELOW,
    MEMBER,
)
NOT_IN_PROGRAMS = frozenset((ROW, BELOW, MEMBER))
# What has to be before the name for a way that is otherwise too common in prose and programs.
PRECEDED = {
    SECOND: late_pattern(
        rb"(?:\(\s{0,8}[\"']|[\"']-{1,2}|[( ][\w.\"']{1,30},\s{0,4}[\"']|\{\s{0,4}[\"']?)[\w.-]{0,40}$"
    ),
    ROW: late_pattern(rb"^[ \t|\"'`*]{0,8}[\w. -]{0,40}\Z", re.MULTILINE),
    BELOW: late_pattern(rb"^[ \t#*-]{0,8}[\w. -]{0,24}\Z", re.MULTILINE),
    _LISTED: late_pattern(rb"\w\s{0,4},\s{0,4}\w{0,40}$"),
    MENTIONED: _MENTIONING,
    _DEFAULTED: _DEFAULTING,
}
# What is before a name whose value follows after a blank: a line's start, an option, netrc's `login NAME`.
ALONE = late_pattern(
    rb"(?i)(?:^[ \t]{0,16}[\w.]{0,40}|[{;][ \t]|[ \t]:[ \t]|[\s{(]:"
    rb"|(?:#define|\benv|\barg|\bsetenv|_param|_header)[ \t]{1,4}"
    rb"|[ \t]--?|\((?:setq|def\w*)[ \t]|\bsetx[ \t]|\bconfig(?:ure)?[ \t](?:--?\w+[ \t]"
    rb"|set[ \t]){0,2}[\w.]{0,40}|\b(?:login|user)[ \t]+\S{1,64}[ \t]+"
    rb"|\bset[ \t](?:-\w+[ \t])*)[\w-]{0,40}\Z"
    rb"|\b(?:with|login|encrypted) \Z",
    re.MULTILINE,
)
