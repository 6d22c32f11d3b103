// Command group measures in Go what GroupMeasurement measures in Java, the same way: the
// arguments are the number of services and the seconds to warm up and to measure.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const (
	warmUpSize = 1000
	minRounds  = 2
	large      = 10000
)

var errFailure = errors.New("told to fail")

// work is what the services do, as Work is in Java.
type work struct {
	failing int
	missing int32
	begun   chan time.Time
	fail    chan struct{}
	queues  []chan int
	ended   []bool
}

func newWork(size int, queue, fails bool) *work {
	w := &work{failing: -1, missing: int32(size), begun: make(chan time.Time, 1), fail: make(chan struct{}), ended: make([]bool, size)}
	if fails {
		w.failing = size / 2
	}
	if queue {
		w.queues = make([]chan int, size)
		for i := range w.queues {
			w.queues[i] = make(chan int)
		}
	}
	return w
}

func (w *work) run(ctx context.Context, service int) error {
	defer func() { w.ended[service] = true }()
	if atomic.AddInt32(&w.missing, -1) == 0 {
		w.begun <- time.Now()
	}
	if service == w.failing {
		<-w.fail
		return errFailure
	}
	if w.queues == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-w.queues[service]:
		return nil
	}
}

// runGroup starts a goroutine for each service; the first error cancels the context of
// all, and the group is over when all have returned.
func runGroup(parent context.Context, w *work) error {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	errs := make(chan error, len(w.ended))
	var running sync.WaitGroup
	running.Add(len(w.ended))
	for i := range w.ended {
		go func(service int) {
			defer running.Done()
			if err := w.run(ctx, service); err != nil {
				errs <- err
				cancel()
			}
		}(i)
	}
	running.Wait()
	close(errs)
	return <-errs
}

func one(size int, queue, fails, print bool) {
	w := newWork(size, queue, fails)
	if size >= large {
		runtime.GC()
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	type result struct {
		err        error
		start, end time.Time
	}
	over := make(chan result, 1)
	go func() {
		start := time.Now()
		err := runGroup(ctx, w)
		over <- result{err, start, time.Now()}
	}()
	begun := <-w.begun
	time.Sleep(time.Millisecond + time.Duration(200*size))
	asked := time.Now()
	if fails {
		close(w.fail)
	} else {
		stop()
	}
	r := <-over
	if (r.err == errFailure) != fails {
		panic(fmt.Sprint("unexpected error: ", r.err))
	}
	for i, ended := range w.ended {
		if !ended {
			panic(fmt.Sprint("service ", i, " had not ended"))
		}
	}
	if print {
		wait, step := "cancellation", "stop"
		if queue {
			wait = "queue"
		}
		if fails {
			step = "fail"
		}
		fmt.Printf("sample,start,%s,%d\n", wait, begun.Sub(r.start).Nanoseconds())
		fmt.Printf("sample,%s,%s,%d\n", step, wait, r.end.Sub(asked).Nanoseconds())
	}
}

func round(size int, print bool) {
	for _, queue := range []bool{false, true} {
		one(size, queue, true, print)
		one(size, queue, false, print)
	}
}

func seconds(text string) time.Duration {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(err)
	}
	return time.Duration(value * float64(time.Second))
}

func main() {
	size, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	start := time.Now()
	for time.Since(start) < seconds(os.Args[2])/2 {
		round(warmUpSize, false)
	}
	for ok := true; ok; ok = time.Since(start) < seconds(os.Args[2]) {
		round(size, false)
	}
	start = time.Now()
	for i := 0; i < minRounds || time.Since(start) < seconds(os.Args[3]); i++ {
		round(size, true)
	}
}
