module github.com/hashicorp/consul-k8s/version

go 1.26.0
