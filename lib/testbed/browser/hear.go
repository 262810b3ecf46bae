package browser

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"path"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// listen plays what can be heard on the page to its end, and returns where it is and its bytes.
const listen = `(async () => {
	const audio = document.querySelector("audio");
	await new Promise((ended, failed) => {
		audio.onended = ended;
		audio.onerror = () => failed(new Error("the recording cannot be played"));
		audio.play().catch(failed);
	});
	const answer = await fetch(audio.src);
	const bytes = new Uint8Array(await answer.arrayBuffer());
	return [new URL(audio.src).pathname, btoa(String.fromCharCode(...bytes))];
})()`

// Listen plays the first recording on the page to its end. It returns its id and its bytes.
func (w *Window) Listen(ctx context.Context) (id string, sound []byte, err error) {
	if err := w.until(ctx, `document.querySelector("audio") !== null`); err != nil {
		return "", nil, fmt.Errorf("find something to listen to: %w; %s", err, w.describe())
	}
	var got []string
	wait := func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
	if err := w.run(ctx, chromedp.Evaluate(listen, &got, wait)); err != nil {
		return "", nil, fmt.Errorf("listen: %w; %s", err, w.describe())
	}
	if len(got) != 2 {
		return "", nil, errors.New("listen: nothing came back")
	}
	sound, err = base64.StdEncoding.DecodeString(got[1])
	return path.Base(got[0]), sound, err
}
