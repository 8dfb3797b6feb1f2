// Command kubebox-controllers is the unmodified kube-controller-manager. It is a binary of its own because most work
// on the API needs no controllers, and building them takes nearly as long as building the API server.
package main

import (
	"os"
	_ "time/tzdata" // as in upstream's own main: time zones of CronJobs

	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func main() {
	os.Exit(cli.Run(app.NewControllerManagerCommand()))
}
