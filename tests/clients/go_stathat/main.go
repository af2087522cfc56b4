// Posts through StatHat's own Go package: go_stathat < posts.json > what-its-caller-saw.json
//
// HTTP_PROXY=http://HOST:PORT leads its requests to a Tilde, with the whole URL in the request line.
package main

import (
	"encoding/json"
	"log"
	"os"
	"time"

	stathat "github.com/stathat/go"
)

type post struct {
	Kind, Stat, Ezkey, Key, Ukey string
	Number                       float64
	T                            *int64
}

func (p post) send() error {
	counter, now := p.Kind == "counter", p.T == nil
	switch {
	case p.Key == "" && counter && now:
		return stathat.PostEZCount(p.Stat, p.Ezkey, int(p.Number))
	case p.Key == "" && counter:
		return stathat.PostEZCountTime(p.Stat, p.Ezkey, int(p.Number), *p.T)
	case p.Key == "" && now:
		return stathat.PostEZValue(p.Stat, p.Ezkey, p.Number)
	case p.Key == "":
		return stathat.PostEZValueTime(p.Stat, p.Ezkey, p.Number, *p.T)
	case counter && now:
		return stathat.PostCount(p.Key, p.Ukey, int(p.Number))
	case counter:
		return stathat.PostCountTime(p.Key, p.Ukey, int(p.Number), *p.T)
	case now:
		return stathat.PostValue(p.Key, p.Ukey, p.Number)
	default:
		return stathat.PostValueTime(p.Key, p.Ukey, p.Number, *p.T)
	}
}

func main() {
	var posts []post
	if err := json.NewDecoder(os.Stdin).Decode(&posts); err != nil {
		log.Fatal(err)
	}
	saw := make([]any, len(posts))
	for i, p := range posts {
		if err := p.send(); err != nil {
			saw[i] = err.Error()
		}
	}
	if !stathat.WaitUntilFinished(10 * time.Second) {
		log.Fatal("posts were still under way after ten seconds")
	}
	if err := json.NewEncoder(os.Stdout).Encode(saw); err != nil {
		log.Fatal(err)
	}
}
