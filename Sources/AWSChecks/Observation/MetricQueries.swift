import AWSClient
import Foundation
import Settings

/// The figures the checks read, and how they are found again by id.
enum MetricQueries {
    static func queries(settings: AWSSettings, snapshot: AWSSnapshot) -> [CloudWatch.Query] {
        var queries: [CloudWatch.Query] = []
        for (role, service) in settings.ecsServices.sorted(by: { $0.key < $1.key }) {
            let dimensions = ["ClusterName": settings.cluster, "ServiceName": service]
            for (word, name) in [("cpu", "CPUUtilization"), ("memory", "MemoryUtilization")] {
                queries.append(query("\(word)_\(role)", "AWS/ECS", name, dimensions, "Maximum"))
            }
        }
        queries += databaseQueries(settings.databaseInstance)
        queries += WatchedQuota.all.map { query($0.queryID, "AWS/Usage", "ResourceCount", $0.usage, "Maximum") }
        for (name, dimension) in loadBalancers(snapshot) { queries += balancerQueries(name, dimension) }
        for (group, balancer, dimension) in targetGroups(snapshot) {
            let dimensions = ["TargetGroup": dimension, "LoadBalancer": balancer]
            queries.append(query("healthy_\(group)", "AWS/ApplicationELB", "HealthyHostCount", dimensions, "Minimum"))
            queries.append(
                query("unhealthy_\(group)", "AWS/ApplicationELB", "UnHealthyHostCount", dimensions, "Maximum"))
        }
        return Array(queries.prefix(500))
    }

    private static func databaseQueries(_ name: String) -> [CloudWatch.Query] {
        let database = ["DBInstanceIdentifier": name]
        return [
            query("db_connections", "AWS/RDS", "DatabaseConnections", database, "Maximum"),
            query("db_cpu", "AWS/RDS", "CPUUtilization", database, "Maximum"),
            query("db_credits", "AWS/RDS", "CPUCreditBalance", database, "Minimum"),
            query("db_storage", "AWS/RDS", "FreeStorageSpace", database, "Minimum"),
        ]
    }

    private static func balancerQueries(_ name: String, _ dimension: String) -> [CloudWatch.Query] {
        let dimensions = ["LoadBalancer": dimension]
        return [
            ("elb5xx", "HTTPCode_ELB_5XX_Count", "Sum"), ("target5xx", "HTTPCode_Target_5XX_Count", "Sum"),
            ("requests", "RequestCount", "Sum"), ("p95", "TargetResponseTime", "p95"),
            ("rejected", "RejectedConnectionCount", "Sum"), ("connect_errors", "TargetConnectionErrorCount", "Sum"),
        ].map { word, metric, statistic in
            query("\(word)_\(name)", "AWS/ApplicationELB", metric, dimensions, statistic)
        }
    }

    /// Figures of the cache's nodes (ElastiCache user guide: metrics for Valkey and Redis OSS).
    static func queries(cacheNodes: [String]) -> [CloudWatch.Query] {
        cacheNodes.flatMap { node -> [CloudWatch.Query] in
            let dimensions = ["CacheClusterId": node]
            return [
                query("memory_\(node)", "AWS/ElastiCache", "DatabaseMemoryUsagePercentage", dimensions, "Maximum"),
                query("cpu_\(node)", "AWS/ElastiCache", "EngineCPUUtilization", dimensions, "Maximum"),
                query("evictions_\(node)", "AWS/ElastiCache", "Evictions", dimensions, "Sum"),
                query("connections_\(node)", "AWS/ElastiCache", "CurrConnections", dimensions, "Maximum"),
            ]
        }
    }

    private static func query(
        _ id: String, _ namespace: String, _ name: String, _ dimensions: [String: String], _ statistic: String
    ) -> CloudWatch.Query {
        CloudWatch.Query(
            id: identifier(id), namespace: namespace, name: name, dimensions: dimensions, statistic: statistic,
            period: 60)
    }

    /// Ids take letters, digits and underscores only.
    static func identifier(_ text: String) -> String {
        String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    private static func loadBalancers(_ snapshot: AWSSnapshot) -> [(String, String)] {
        guard case .value(let balancers)? = snapshot.loadBalancers else { return [] }
        return balancers.compactMap { balancer in
            dimension(balancer.loadBalancerArn).map { (balancer.loadBalancerName, $0) }
        }
    }

    private static func targetGroups(_ snapshot: AWSSnapshot) -> [(String, String, String)] {
        guard case .value(let groups)? = snapshot.targetGroups, case .value(let balancers)? = snapshot.loadBalancers
        else { return [] }
        let watched = Set(balancers.map(\.loadBalancerArn))
        return groups.compactMap { group in
            guard let balancer = group.loadBalancerArns.first(where: watched.contains), let name = dimension(balancer),
                let own = group.targetGroupArn.split(separator: ":").last
            else { return nil }
            return (group.targetGroupName, name, String(own))
        }
    }

    /// `app/name/id` of a load balancer's ARN.
    private static func dimension(_ arn: String) -> String? {
        arn.range(of: "loadbalancer/").map { String(arn[$0.upperBound...]) }
    }
}

extension MetricWindows {
    /// The largest value of a figure in the run's window; nil without samples.
    func largest(_ id: String) -> Double? { series(id).max() }
    func smallest(_ id: String) -> Double? { series(id).min() }
    func first(_ id: String) -> Double? { series(id).first }
    func last(_ id: String) -> Double? { series(id).last }
    func sum(_ id: String) -> Double { series(id).reduce(0, +) }
    func sumOfDayBefore(_ id: String) -> Double { Self.values(dayBefore, id).reduce(0, +) }

    /// What the figure reached in at least three of its minutes, or in all of them where there are fewer.
    func sustained(_ id: String) -> Double? {
        let sorted = series(id).sorted(by: >)
        return sorted.isEmpty ? nil : sorted[min(2, sorted.count - 1)]
    }

    /// The values of the run's window in the order of time.
    func series(_ id: String) -> [Double] { Self.values(run, id) }

    private static func values(_ series: [CloudWatch.Series], _ id: String) -> [Double] {
        guard let found = series.first(where: { $0.id == MetricQueries.identifier(id) }) else { return [] }
        guard found.timestamps.count == found.values.count else { return found.values }
        return zip(found.timestamps, found.values).sorted { $0.0 < $1.0 }.map(\.1)
    }
}
