package boltstore

import (
	"errors"
	"fmt"
	"os"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
	"clearline/lib/store/boltfile"
)

// survey is what a look at a file found. Looking neither needs bbolt nor changes anything,
// and nothing in the file can make it fail.
type survey struct {
	file    *boltfile.File // nil when nothing can be read of it
	format  uint32         // 0 when it cannot be told
	faults  map[string]error
	general error // what is wrong besides the buckets
	holds   Contents
	lines   map[call.LineID]bool // of which there is anything but calls under way
}

// Contents is what a file holds.
type Contents struct {
	Format           uint32
	Calls, Attempts  int // of the history
	UnderWay         int // calls, and attempts
	Contacts, Blocks int
	Earliest, Latest time.Time // call or attempt of the history; zero when there is none
}

// look reads a file from one end to the other.
func look(file *os.File) survey {
	s := survey{faults: map[string]error{}, lines: map[call.LineID]bool{}}
	info, err := file.Stat()
	if err == nil {
		s.file, err = boltfile.Open(file, info.Size())
	}
	if err != nil {
		s.general = err
		return s
	}
	if s.file.HalfMeta() {
		s.general = errors.New("one of the two meta pages is damaged: the last change may be missing")
	}
	meta, tallies, odd := map[string]string{}, map[string]*tally{}, map[string]error{}
	report := s.file.Check(func(bucket string, key, value []byte) {
		if bucket == string(metaBucket) {
			meta[string(key)] = string(value)
			return
		}
		if tallies[bucket] == nil {
			tallies[bucket] = &tally{}
		}
		tallies[bucket].add(key, value)
		if err := s.see(bucket, key, value); err != nil && odd[bucket] == nil {
			odd[bucket] = err
		}
	})
	s.general = errors.Join(s.general, report.General)
	for bucket, fault := range report.Faults {
		s.faults[bucket] = errors.Join(fault, odd[bucket])
	}
	if _, there := report.Faults[string(metaBucket)]; !there {
		s.general = errors.Join(s.general, errors.New("it was not written by Clearline, or nothing is left of it"))
		return s
	}
	s.compare(meta, tallies)
	return s
}

// compare holds what was found against what the file says about itself.
func (s *survey) compare(meta map[string]string, tallies map[string]*tally) {
	var check []byte
	if text, there := meta[string(checkKey)]; there {
		check = []byte(text)
	}
	var err error
	if s.format, err = readFormat([]byte(meta[string(formatKey)]), check); err != nil {
		s.general = errors.Join(s.general, err)
	}
	s.holds.Format = s.format
	if s.format < tallied || s.newer() {
		return
	}
	for _, name := range buckets[1:] {
		bucket := string(name)
		fault, there := s.faults[bucket]
		if !there && s.format < begun[bucket] {
			continue // it is not of that format
		}
		if !there {
			s.faults[bucket] = errors.New("it is missing")
			continue
		}
		var found tally
		if tallies[bucket] != nil {
			found = *tallies[bucket]
		}
		text, there := meta[string(tallyKey(bucket))]
		if want, ok := readTally([]byte(text)); there && !ok || want != found {
			s.faults[bucket] = errors.Join(fault, fmt.Errorf("it has %d items, which are not the %d that were written", found.count, want.count))
		}
	}
}

// see counts an item, and checks that it can be understood.
func (s *survey) see(bucket string, key, value []byte) (err error) {
	switch bucket {
	case string(callsBucket):
		_, err = decode[store.Saved](key, value)
		s.holds.UnderWay++
	case string(historyBucket):
		var r call.Record
		r, err = decode[call.Record](key, value)
		s.holds.Calls++
		s.holds.span(r.Arrived)
		s.lines[r.Line] = true
	case string(unknownBucket):
		_, err = decode[call.Record](key, value)
	case string(attemptsBucket):
		var a call.Attempt
		a, err = decode[call.Attempt](key, value)
		s.holds.Attempts++
		s.holds.span(a.At)
		s.lines[a.Line] = true
	case string(windowsBucket):
		var w call.Window
		w, err = decode[call.Window](key, value)
		s.lines[w.Line] = true
	case string(entriesBucket):
		var e call.Entry
		e, err = readEntry(key, value)
		s.lines[e.Line] = true
		if e.List == call.Contacts {
			s.holds.Contacts++
		} else {
			s.holds.Blocks++
		}
	case string(documentsBucket):
		_, err = readDocument(key, value)
	case string(outboxBucket):
		_, err = decode[envelope](key, value)
	case string(auditBucket):
		_, err = readDeed(key, value)
	case string(blocksBucket):
		_, err = decode[block](key, value)
		s.holds.Blocks++
	}
	return err
}

func (c *Contents) span(at time.Time) {
	if at.IsZero() {
		return
	}
	if c.Earliest.IsZero() || at.Before(c.Earliest) {
		c.Earliest = at
	}
	if at.After(c.Latest) {
		c.Latest = at
	}
}

// newer reports whether a newer version wrote the file.
func (s survey) newer() bool { return s.format > format }

// fault is everything that is wrong, nil when nothing is.
func (s survey) fault() error {
	wrong := []error{s.general}
	for _, name := range append(buckets, blocksBucket) {
		if fault := s.faults[string(name)]; fault != nil {
			wrong = append(wrong, fmt.Errorf("bucket %s: %w", name, fault))
		}
	}
	return errors.Join(wrong...)
}

// sound reports whether all of these buckets hold what was written to them. One that is
// not there is sound in a format without tallies.
func (s survey) sound(names ...[]byte) bool {
	for _, name := range names {
		if s.faults[string(name)] != nil {
			return false
		}
	}
	return s.file != nil && s.format != 0
}
