"""Fills a fresh cloud.

usage: seed.py identity ENDPOINTS.json CREDENTIAL.json | wait SERVICE... | resources SERVICE...

OS_CLIENT_CONFIG_FILE names the clouds.yaml to use.  ENDPOINTS.json lists the
catalogue's services as {type, name, url}; the id and the secret of demo's
application credential are written to CREDENTIAL.json.
"""
import json
import sys
import time

import openstack

HOSTS = ['compute1', 'compute2', 'compute3']
admin = openstack.connect(cloud='admin')


def identity(endpoints_file, credential_file):
    keystone = admin.identity
    roles = {role.name: role for role in keystone.roles()}

    def project(name):
        return keystone.create_project(name=name, domain_id='default')

    def user(name, password, of, *names):
        made = keystone.create_user(
            name=name, password=password, domain_id='default',
            default_project_id=of.id)
        for role in names:
            keystone.assign_project_role_to_user(of, made, roles[role])
        return made

    if 'service' not in roles:
        roles['service'] = keystone.create_role(name='service')
    service = project('service')
    demo = project('demo')
    user('svc', 'svcpass', service, 'admin', 'service')
    demo_user = user('demo', 'demopass', demo, 'member')
    user('demo2', 'demo2pass', demo, 'member')
    user('reader', 'readerpass', demo, 'reader')
    administrator = keystone.find_user('admin')
    keystone.assign_project_role_to_user(demo, administrator, roles['admin'])
    keystone.assign_project_role_to_user(
        keystone.find_project('admin'), administrator, roles['service'])
    with open(endpoints_file) as file:
        endpoints = json.load(file)
    for endpoint in endpoints:
        made = keystone.create_service(
            type=endpoint['type'], name=endpoint['name'])
        for interface in ('public', 'internal', 'admin'):
            keystone.create_endpoint(
                service_id=made.id, interface=interface,
                url=endpoint['url'], region_id='RegionOne')
    credential = openstack.connect(
        cloud='demo').identity.create_application_credential(
            user=demo_user.id, name='lab', roles=[{'name': 'member'}])
    with open(credential_file, 'w') as file:
        json.dump({'id': credential.id, 'secret': credential.secret}, file)


def nova_is_up():
    hypervisors = [h for h in admin.compute.hypervisors() if h.state == 'up']
    services = [s for s in admin.compute.services() if s.state == 'up']
    return len(hypervisors) >= len(HOSTS) and len(services) >= len(HOSTS) + 2


def cinder_is_up():
    services = [s for s in admin.block_storage.services() if s.state == 'up']
    pools = list(admin.block_storage.backend_pools())
    return len(services) >= 4 and len(pools) >= 3


def wait(*services):
    checks = {'nova': nova_is_up, 'cinder': cinder_is_up}
    for service, is_up in checks.items():
        end = time.time() + 180
        while service in services and not is_up_yet(is_up):
            if time.time() > end:
                raise SystemExit('%s did not come up' % service)
            time.sleep(0.3)


def is_up_yet(is_up):
    try:
        return is_up()
    except Exception as error:
        print('not yet:', error)
        return False


def flavors():
    for name, vcpus, ram, disk in [
            ('tiny', 1, 512, 1), ('small', 2, 2048, 10),
            ('medium', 4, 4096, 20), ('zerodisk', 1, 512, 0),
            ('huge', 512, 1048576, 20)]:
        admin.compute.create_flavor(name=name, vcpus=vcpus, ram=ram, disk=disk)


def networks():
    neutron = admin.network
    external = neutron.create_network(
        name='public', is_router_external=True, provider_network_type='flat',
        provider_physical_network='extnet')
    neutron.create_subnet(
        network_id=external.id, cidr='203.0.113.0/24', ip_version=4,
        is_dhcp_enabled=False, name='public')
    demo = admin.identity.find_project('demo')
    desktops = neutron.create_network(name='desktops', project_id=demo.id)
    subnet = neutron.create_subnet(
        network_id=desktops.id, cidr='10.20.0.0/20', ip_version=4,
        name='desktops', project_id=demo.id)
    router = neutron.create_router(
        name='r', project_id=demo.id,
        external_gateway_info={'network_id': external.id})
    neutron.add_interface_to_router(router, subnet_id=subnet.id)
    shared = neutron.create_network(name='shared', is_shared=True)
    neutron.create_subnet(
        network_id=shared.id, cidr='10.40.0.0/20', ip_version=4, name='shared')


def volume_types():
    cinder = admin.block_storage
    types = {volume_type.name: volume_type for volume_type in cinder.types()}
    for name, backend in [('ssd', 'ssd'), ('hdd', 'hdd'), ('fakelog', 'fake')]:
        volume_type = types.get(name) or cinder.create_type(name=name)
        cinder.update_type_extra_specs(
            volume_type, volume_backend_name=backend)


def images():
    admin.image.create_image(
        name='desktop-base', disk_format='raw', container_format='bare',
        visibility='public', data=b'vdi' + b'\0' * (4 << 20),
        validate_checksum=False)


def resources(*services):
    for service, make in [('nova', flavors), ('neutron', networks),
                          ('cinder', volume_types), ('glance', images)]:
        if service in services:
            make()


{'identity': identity, 'wait': wait, 'resources': resources}[sys.argv[1]](
    *sys.argv[2:])
