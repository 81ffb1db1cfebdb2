# Bartizan: {name}. What is written to standard error is mailed by cron; findings alone (exit code 1) are no failure.
# CRON_TZ is for cronie; Debian's cron goes by the clock of the machine instead.
CRON_TZ={zone}
SHELL=/bin/sh
PATH=/usr/local/bin:/usr/bin:/bin
{when} bartizan {command}
