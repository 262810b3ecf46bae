package main

const notifyTestHelp = `Sends a message that says it is a test to every [[notify]] of the configuration, or to those
named, whatever their events and quiet times, and prints for each "ok", or "fail" and why. No
address or token is shown. The exit code is 1 when one could not be sent.

  clearline notify test
  clearline notify test night-desk --config ./clearline.toml`
