import Foundation
import Glibc

extension Stack {
    private var balancerConfiguration: String { directory.balancer + "/nginx.conf" }

    /// nginx with the load balancer's rules.
    var balancer: Part {
        Part(
            title: "Load balancer (nginx)", address: "\(scheme)://127.0.0.1:\(ports.balancer)",
            launch: launch(
                Part.balancer,
                [programs.nginx, "-p", directory.balancer, "-c", balancerConfiguration, "-e", "stderr"]),
            readiness: .http(
                url: "\(scheme)://127.0.0.1:\(ports.balancer)/", host: "nobody.localhost", statuses: [404]),
            patience: 10)
    }

    private var scheme: String { options.hasTLS ? "https" : "http" }

    /// A stack with TLS answers on both addresses of its names, as a load balancer has a node in each zone.
    private func listen(_ word: String = "") -> String {
        guard options.hasTLS else { return "listen 127.0.0.1:\(ports.balancer)\(word);" }
        let interfaces = (try? String(contentsOfFile: "/proc/net/if_inet6", encoding: .utf8)) ?? ""
        let hasIPv6 = interfaces.split(separator: "\n").contains { $0.hasSuffix(" lo") }
        return (["127.0.0.1"] + (hasIPv6 ? ["[::1]"] : []))
            .map { "listen \($0):\(ports.balancer) ssl\(word);" }.joined(separator: " ")
    }

    /// The certificate in force, and the redirect of requests without TLS that the deployment has on port 80 (contract §9.2).
    private var tlsDirectives: String {
        guard options.hasTLS else { return "" }
        return """
            ssl_certificate \(directory.certificate(Part.balancer));
                ssl_certificate_key \(directory.certificateKey(Part.balancer));
                ssl_protocols TLSv1.2 TLSv1.3;
                error_page 497 =301 https://$http_host$request_uri;
            """
    }

    /// The rules of contract §9.2: by host first, then `/mlflow*` and `/api/mlflow/*`; no rule is 404 `Not Found`.
    /// The `mlflow` and `api` groups are the contract's target groups, the ports aside.
    func writeBalancerConfiguration() throws {
        let user = geteuid() == 0 ? "user root;" : ""
        try Data(
            """
            \(user)
            daemon off;
            worker_processes 1;
            pid \(directory.balancer)/nginx.pid;
            error_log stderr warn;
            events { worker_connections 4096; }
            http {
                access_log off;
                default_type application/octet-stream;
                client_max_body_size 256m;
                client_body_temp_path \(directory.balancer)/body;
                proxy_temp_path \(directory.balancer)/proxy;
                fastcgi_temp_path \(directory.balancer)/fastcgi;
                uwsgi_temp_path \(directory.balancer)/uwsgi;
                scgi_temp_path \(directory.balancer)/scgi;
                \(tlsDirectives)
                keepalive_timeout 60s;
                proxy_http_version 1.1;
                proxy_connect_timeout 5s;
                proxy_read_timeout 60s;
                proxy_next_upstream off;
                proxy_set_header Host $http_host;
                proxy_set_header Connection "";
                proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                proxy_set_header X-Forwarded-Proto $scheme;
                proxy_set_header X-Forwarded-Port $server_port;
                upstream api { server 127.0.0.1:\(ports.api) max_fails=0; keepalive 64; }
                upstream auth { server 127.0.0.1:\(ports.auth) max_fails=0; keepalive 64; }
                upstream mlflow { server 127.0.0.1:\(ports.gateway) max_fails=0; keepalive 64; }
                server {
                    \(listen(" default_server"))
                    default_type text/plain;
                    return 404 "Not Found";
                }
                server {
                    \(listen())
                    server_name api.localhost;
                    location / { proxy_pass http://api; }
                }
                server {
                    \(listen())
                    server_name registry.localhost;
                    location = /mlflow { proxy_pass http://mlflow; }
                    location /mlflow/ { proxy_pass http://mlflow; }
                    location /api/mlflow/ { proxy_pass http://api; }
                    location / { proxy_pass http://api; }
                }
                server {
                    \(listen())
                    server_name auth.localhost;
                    location / { proxy_pass http://auth; }
                }
            }

            """.utf8
        ).write(to: URL(filePath: balancerConfiguration))
    }
}
