package main

const contactAddHelp = `A contact's calls are not touched: the telephone rings as if there were no Clearline. It
holds at once, also while Clearline runs. Write a number in any form; quotes are not needed.

The number shown is no proof of who calls. With --verify the caller is asked for a word:
one that is spoken, which the resident judges, or with --word one on the keypad. Give the
word with --word -, where it stands in no list of commands.

Of a contact that is there already, what the command does not name stays as it was: the
name, the end, the word. --no-verify takes the word away.

  clearline contact add 01632 960123 --name Ann
  clearline contact add 07700 900123 --name 'Carer' --line flat-1 --expires 7d
  clearline contact add 01632 960123 --name Ann --word -
  clearline contact add --from-call 01jd2m6v0q8h --name 'Surgery'`

const contactRemoveHelp = `Write the number as you like; --line as it was added.

  clearline contact remove 01632 960123
  clearline contact remove 07700 900123 --line flat-1`

const contactListHelp = `One line for each contact. A family's word is not shown, only that there is one.

  clearline contact list
  clearline contact list --line flat-1 --json`

const contactImportHelp = `Reads what FreePBX, Yeastar, Google, Outlook and others export, and vCards of version 3 and
4. Look at it first with --dry-run: it shows what each column was taken for, and every row
that cannot be used. A file that is broken changes nothing; rows that cannot be used are
reported, and the others are imported. What has expired cannot be used. Doing it again does
no harm. A word that was set for a contact stays.

  clearline contact import family.csv --dry-run
  clearline contact import family.csv --line flat-1
  clearline contact import staff.csv --column number=3 --column name='Full name'
  clearline contact import people.vcf --expires 2026-12-24 --rejected left-out.csv`

const contactExportHelp = `CSV can be imported again, except for the words of families, which are never written. A
spreadsheet reads nothing in it as a formula. vCards hold single numbers only.

  clearline contact export --out contacts.csv
  clearline contact export --line flat-1 --format vcard --out flat-1.vcf`

const blockAddHelp = `Blocked calls are refused without being answered. It holds at once, also while Clearline
runs. Block a number, all numbers that begin alike, a range, or everybody who shows such a
name. A contact is never blocked: its call goes through. What would block nearly everybody
needs --wide: a prefix with fewer than 3 digits behind the code of the country, a range of
more than 1000000 numbers, a name with fewer than 4 letters. Of a block that is there
already, a name and an end that the command does not name stay.

  clearline block add 01632 960200
  clearline block add '01632 9602*' --name 'Parcel scam' --expires 30d
  clearline block add '01632 960200-01632 960299' --line flat-1
  clearline block add 'name:*parcel*'
  clearline block add --from-call 01jd2m6v0q8h`

const blockRemoveHelp = `Write the number as you like; --line as it was added. Blocks that a resident has made with
the key are for the resident's line: clearline block list shows which.

  clearline block remove 01632 960200 --line flat-1
  clearline block remove 'name:*parcel*'`

const blockListHelp = `One line for each block, those of residents too.

  clearline block list
  clearline block list --line flat-1 --json`

const blockImportHelp = `Reads CSV, one number, prefix (+441632*) or range in a row, with or without other columns,
and vCards. Look at it first with --dry-run. A file that is broken changes nothing; rows
that cannot be used are reported, and the others are imported. Doing it again does no harm.
What has expired is not imported, nor what would block nearly everybody: that is for
clearline block add --wide alone.

  clearline block import nuisance.csv --dry-run
  clearline block import nuisance.csv --column number=2 --expires 90d --rejected left-out.csv
  curl -s https://lists.example/numbers.csv | clearline block import -`

const blockExportHelp = `CSV can be imported again, except for what was added with --wide. A spreadsheet reads nothing in it as a formula.

  clearline block export --out blocks.csv`
