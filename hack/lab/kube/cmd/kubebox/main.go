// Command kubebox holds what a Kubernetes API needs, unmodified, in one binary: etcd, kube-apiserver and kubectl.
// The name it is called by, or the first argument, chooses the component: "kubebox kube-apiserver --flags".
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	component := filepath.Base(os.Args[0])
	if component == "kubebox" && len(os.Args) > 1 {
		os.Args = os.Args[1:]
		component = os.Args[0]
	}
	switch component {
	case "etcd":
		etcdmain.Main(os.Args)
	case "kube-apiserver":
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case "kubectl":
		if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	default:
		fmt.Fprintln(os.Stderr, "usage: kubebox etcd|kube-apiserver|kubectl [flags]")
		os.Exit(2)
	}
}
