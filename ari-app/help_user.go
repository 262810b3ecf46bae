package main

const userAddHelp = `A warden decides about callers of their lines, listens to what they said, and keeps their
lists. A viewer looks at the same and hears nothing. An admin does everything on every line.
The first user is best an admin. It holds at once, also while Clearline runs.

The password has 12 characters or more, such as four words; it is asked for without being
shown. There is none until you give one. With --totp a code of an authenticator is asked
for as well.

  clearline user add ann --role admin
  clearline user add night-desk --lines flat-1,flat-2
  clearline user add manager --role viewer --lines all --totp
  pass clearline/ann | clearline user add ann --role admin --password-file -`

const userPasswdHelp = `Whoever is signed in with the old password is signed out.

  clearline user passwd ann
  clearline user passwd ann --totp
  clearline user passwd ann --no-totp`

const tokenAddHelp = `The token is printed once, and kept nowhere: Clearline knows it by its hash. A viewer looks at its
lines. A warden also decides about callers, listens to what they said, and keeps the lists. An
admin does everything on every line. It holds at once, also while Clearline runs, and what is
removed is refused a second later.

  clearline token add home-assistant --lines flat-1
  clearline token add desk --role warden --lines flat-1,flat-2 --expires 90d
  clearline token add backup --role admin > /etc/backup/clearline.token`
