package main

const backupHelp = `Writes everything Clearline keeps at this moment into one file, and checks it: calls,
attempts, windows, contacts and blocks. Clearline may run or not, and no call waits for it.
Run it as root or as the user Clearline runs as.

Without --out the file is one more in the folder of the snapshots (store.snapshots), where
Clearline puts one every day by itself. With --out it is written there as well; a file that
is there is replaced, whole or not at all. Keep it on another machine: it holds the numbers
of everybody who rang.

  clearline backup
  clearline backup --out /mnt/backup/clearline.db`

const restoreHelp = `Puts a snapshot in the place of the store's file: one of those Clearline makes every day, or
a file that clearline backup has written. Stop Clearline first. The snapshot is checked
before anything is touched, and the file that was there is kept beside it.

Without a name the snapshots there are are listed, the latest first, with what each holds.
Look with --dry-run: it says what would be restored, and changes nothing.

What happened after the snapshot was made is gone from calls, incidents and lists: a contact
that was removed since is a contact again.

  clearline restore
  clearline restore clearline.db-20260314T021547Z --dry-run
  clearline restore /mnt/backup/clearline.db`

const forgetHelp = `Removes what Clearline keeps about a caller's number: calls with the recordings made in
them, the suspect of a resident's attempt (the attempt stays), that the number is refused
after it was torn down, and the number in messages that are not sent yet and in the audit
log (what was done stays); from the store,
from its snapshots, which are written anew, and from copies that were put aside, which are
removed. Clearline may run or not; a running one forgets too. Run it as root: recordings
belong to Asterisk.

A contact or a block of the number is somebody's decision. If there is one, nothing is done
until --lists says what becomes of it.

Look first with --dry-run. The exit code is 1 when something is left, as the record of a
call with the number that is under way.

What stays elsewhere is not Clearline's to remove: the log, files of clearline backup --out,
Asterisk's own records of calls. docs/privacy.md lists it.

  clearline forget 01632 960200 --dry-run
  clearline forget 01632 960200
  clearline forget +44 1632 960200 --lists remove`
