package main

const description = `Clearline answers callers nobody knows, asks who they are and why they call, and
puts them through only when the person called says yes.

To set it up:

  clearline check                         find mistakes in /etc/clearline/clearline.toml
  clearline prompts render                make the sound files
  clearline dialplan > clearline.conf     print what extensions.conf includes
  clearline run                           screen calls
  clearline doctor                        look at the running PBX, and say what is wrong

To say who is known:

  clearline contact add 01632 960123      a call from this number is not touched
  clearline block add 01632 960200        a call from this number never gets through

To let people use the console:

  clearline user add ann --role admin     somebody who signs in and decides
  clearline token add home --lines all    a program that uses the API

To tell people how it is used:

  clearline card --line ID > card.html    a page in large print, beside the telephone

To see what it does:

  clearline explain --line ID --dial 159  what dialling a number does

To remove what is kept about somebody:

  clearline forget NUMBER                 calls, recordings, and the copies of both

To be ready for the worst:

  clearline backup --out FILE             everything in one file, while it runs
  clearline restore                       the snapshots there are

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.`

const checkHelp = `Every fault is one line, FILE:LINE: key: what is wrong; what would be right.
Warnings are marked and do not stop Clearline. The exit code is 2 when there is a fault.

  clearline check --config ./clearline.toml`

const dialplanHelp = `Print it into a file that extensions.conf includes, and load it:

  clearline dialplan > /etc/asterisk/clearline.conf
  asterisk -rx 'dialplan reload'`

const renderHelp = `The sound files are made with espeak-ng, or the command that prompts.command names, and
with sox, for the languages of the configuration.

Recordings of your own go into the folder prompts.own, named likewise:
cy_GB/screening/greeting.wav. They come before the texts, in any format that sox
reads, and --force leaves them as they are. A recording that was put among the sound
files themselves is kept, too; only --force replaces it.

  clearline prompts render
  clearline prompts render --out ./sounds --force`

const explainHelp = `With --from: what becomes of a caller, and every rule on the way there, in the order
they are asked. The lists and what happened on the line lately are read from the running
Clearline, or from its store.

With --dial: what a number does. Write it the way it is dialled: with or without the
digits for an outside line, 141 or 1470, 18001, a country code.

Nothing is called, and Clearline need not run.

  clearline explain --line flat-1 --from '07700 900123' --at 23:30
  clearline explain --line flat-1 --from withheld
  clearline explain --line flat-1 --dial 159
  clearline explain --line flat-1 --dial '9 141 0300 123 2040' --json`

const runHelp = `Stop it with SIGTERM or SIGINT: callers who come then are delivered unscreened,
and calls in progress are brought to their end. A second signal ends it at once.

  clearline run --config ./clearline.toml`
