import AWSClient
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
        for (name, dimension) in loadBalancers(snapshot) {
            let dimensions = ["LoadBalancer": dimension]
            queries.append(
                query("elb5xx_\(name)", "AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", dimensions, "Sum"))
            queries.append(
                query("target5xx_\(name)", "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", dimensions, "Sum"))
            queries.append(query("requests_\(name)", "AWS/ApplicationELB", "RequestCount", dimensions, "Sum"))
            queries.append(query("p95_\(name)", "AWS/ApplicationELB", "TargetResponseTime", dimensions, "p95"))
        }
        for (group, balancer, dimension) in targetGroups(snapshot) {
            queries.append(
                query(
                    "healthy_\(group)", "AWS/ApplicationELB", "HealthyHostCount",
                    ["TargetGroup": dimension, "LoadBalancer": balancer], "Minimum"))
        }
        let database = ["DBInstanceIdentifier": settings.databaseInstance]
        queries.append(query("db_connections", "AWS/RDS", "DatabaseConnections", database, "Maximum"))
        queries.append(query("db_cpu", "AWS/RDS", "CPUUtilization", database, "Maximum"))
        queries.append(query("db_storage", "AWS/RDS", "FreeStorageSpace", database, "Minimum"))
        return Array(queries.prefix(500))
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
    func largest(_ id: String) -> Double? { values(run, id).max() }
    func smallest(_ id: String) -> Double? { values(run, id).min() }
    func sum(_ id: String) -> Double { values(run, id).reduce(0, +) }
    func sumOfDayBefore(_ id: String) -> Double { values(dayBefore, id).reduce(0, +) }

    private func values(_ series: [CloudWatch.Series], _ id: String) -> [Double] {
        series.first { $0.id == MetricQueries.identifier(id) }?.values ?? []
    }
}
