# Bartizan: {name}. cron mails what the report says, a line per environment; it does not look at exit codes.
# CRON_TZ is for cronie; Debian's cron goes by the clock of the machine instead.
CRON_TZ={zone}
SHELL=/bin/sh
PATH=/usr/local/bin:/usr/bin:/bin
{when} bartizan {command}
