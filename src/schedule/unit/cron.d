# Bartizan: {name}. cron mails what the report says, a line per environment; it does not look at exit codes.
# CRON_TZ is for cronie; Debian's cron goes by the clock of the machine instead.
# Variables that flags name, such as that of --heartbeat-from, go here as NAME=value; then let only root read this file.
CRON_TZ={zone}
SHELL=/bin/sh
PATH=/usr/local/bin:/usr/bin:/bin
{when} bartizan {command}
