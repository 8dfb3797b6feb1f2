// Command promql reads a JSON array of PromQL expressions on standard input and prints an array with the metrics that
// each of them asks for. An expression that Prometheus would refuse is an error.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

func main() {
	if err := judge(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func judge(in io.Reader, out io.Writer) error {
	var expressions []string
	if err := json.NewDecoder(in).Decode(&expressions); err != nil {
		return err
	}
	metrics := make([][]string, 0, len(expressions))
	for _, expression := range expressions {
		parsed, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
		if err != nil {
			return fmt.Errorf("%s: %w", expression, err)
		}
		names := []string{}
		for _, selectors := range parser.ExtractSelectors(parsed) {
			for _, matcher := range selectors {
				if matcher.Name == labels.MetricName {
					names = append(names, matcher.Value)
				}
			}
		}
		metrics = append(metrics, names)
	}
	return json.NewEncoder(out).Encode(metrics)
}
