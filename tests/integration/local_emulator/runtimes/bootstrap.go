// A runtime of its own on Go's standard library: it posts each message back to the address in its event.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
)

type event struct {
	Body           string
	RequestContext struct{ ConnectionId, DomainName, Stage string }
}

func answer(message event) error {
	about := message.RequestContext
	address := fmt.Sprintf("https://%s/%s/@connections/%s", about.DomainName, about.Stage, url.PathEscape(about.ConnectionId))
	request, err := http.NewRequest("POST", address, strings.NewReader(message.Body))
	if err != nil {
		return err
	}
	json.Unmarshal([]byte(os.Getenv("SIGNED")), (*map[string][]string)(&request.Header))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	response.Body.Close()
	if response.StatusCode != 200 {
		return fmt.Errorf("%s answered %s", address, response.Status)
	}
	return nil
}

func main() {
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		next, err := http.Get(api + "next")
		if err != nil {
			return
		}
		var message event
		json.NewDecoder(next.Body).Decode(&message)
		next.Body.Close()
		result := `{"statusCode": 200}`
		if err := answer(message); err != nil {
			result = fmt.Sprintf(`{"statusCode": 500, "body": %q}`, err)
		}
		http.Post(api+next.Header.Get("Lambda-Runtime-Aws-Request-Id")+"/response", "application/json", strings.NewReader(result))
	}
}
