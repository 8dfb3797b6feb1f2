// Command kstatus reads Kubernetes objects (YAML or JSON documents, or Lists) on standard input and prints the verdict
// of kstatus on each, one JSON object per line: what Flux, and whatever else is built on kstatus, concludes from our
// status.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

type verdict struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Status  string `json:"status"`
	Message string `json:"message"`
}

func main() {
	if err := judge(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func judge(in io.Reader, out io.Writer) error {
	decoder := yaml.NewYAMLOrJSONDecoder(in, 4096)
	encoder := json.NewEncoder(out)
	for {
		var raw json.RawMessage // not a map: its numbers would be float64, and kstatus wants int64
		if err := decoder.Decode(&raw); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		objects, err := objectsIn(raw)
		if err != nil {
			return err
		}
		for i := range objects {
			result, err := status.Compute(&objects[i])
			if err != nil {
				return fmt.Errorf("%s %s: %w", objects[i].GetKind(), objects[i].GetName(), err)
			}
			v := verdict{objects[i].GetKind(), objects[i].GetName(), result.Status.String(), result.Message}
			if err := encoder.Encode(v); err != nil {
				return err
			}
		}
	}
}

func objectsIn(raw json.RawMessage) ([]unstructured.Unstructured, error) {
	object := unstructured.Unstructured{}
	if err := object.UnmarshalJSON(raw); err != nil {
		return nil, err
	}
	if !object.IsList() {
		return []unstructured.Unstructured{object}, nil
	}
	list, err := object.ToList()
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}
